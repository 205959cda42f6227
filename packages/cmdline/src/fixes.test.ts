import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CrashkernelOptions,
  cutCmdline,
  explainCrashkernel,
  formatSize,
  type KernelVersion,
  parseCrashkernel,
} from './index.ts';

fc.configureGlobal({ seed: 20190708, numRuns: 400 });

const MIB = 1n << 20n;
const GIB = 1n << 30n;
const KERNELS: KernelVersion[] = ['5.10', '6.1', '6.12', '7.1', '7.3'];
const OLD: CrashkernelOptions = { kernel: '5.10' };
const KEXEC: CrashkernelOptions = { parameter: 'kexeckernel' };

/** RAM in GiB, the line, the mended line or null where what was meant cannot be known. */
const LINES: [gib: bigint[], line: string, fixed: string | null, options?: CrashkernelOptions][] = [
  // From the issue.
  [[1n], 'crashkernel=2G-4G:320M,4G-32G:512M,32G-64G:1024M,64G-128G:2048M,128G-:4096M', null],
  [
    [1n, 2n, 8n, 32n, 63n, 64n, 1024n],
    'crashkernel=1G-4G:256M,4G-64G:320M,64G:576M',
    'crashkernel=1G-4G:256M,4G-64G:320M,64G-:576M',
  ],
  [[8n], 'crashkernel=256M,high crashkernel=128M,low', 'crashkernel=256M', OLD],
  [[8n], 'kexeckernel=256M,high kexeckernel=128M,low', 'kexeckernel=256M', KEXEC],
  [[8n], 'crashkernel="512M"', 'crashkernel=512M'],
  // A suffix that this kernel does not know, or not in this spelling, beside one that it knows.
  [[8n], 'crashkernel=128M,low crashkernel=256M,high', 'crashkernel=256M', OLD],
  [[8n], 'crashkernel=256M crashkernel=128M,low', 'crashkernel=256M', OLD],
  [[8n], 'crashkernel=256M crashkernel=128M,cma', 'crashkernel=256M', { kernel: '6.12' }],
  [[8n], 'crashkernel=128M,cma crashkernel=256M,high', 'crashkernel=256M,high', { kernel: '6.1' }],
  [[8n], 'crashkernel=128M,cma crashkernel=256M,high', 'crashkernel=256M', OLD],
  [[8n], 'crashkernel=1G,HIGH crashkernel=256M,low', 'crashkernel=1G,high crashkernel=256M,low'],
  [[8n], 'crashkernel=1G,HIGH crashkernel=256M,low', 'crashkernel=1G', OLD],
  [[8n], 'crashkernel=512Mhigh', 'crashkernel=512M,high'],
  [[8n], 'crashkernel=512M, high ro', 'crashkernel=512M,high ro'],
  [[8n], 'crashkernel=1G,cma', null],
  // Sizes that Linux reads otherwise, or not at all.
  [[8n], 'crashkernel="512M,high" ro', 'crashkernel=512M,high ro'],
  [[8n], 'crashkernel=\u00e2\u0080\u009c512M\u00e2\u0080\u009d', 'crashkernel=512M'],
  [[8n], 'crashkernel=256MiB', 'crashkernel=256M'],
  [[8n], 'crashkernel=64M,256M', null],
  [[8n], 'crashkernel=128M+128M', null],
  [[8n], 'crashkernel=1,5G', null],
  [[8n], 'crashkernel=', null],
  [[8n], 'crashkernel=x', null],
  [[8n], 'crashkernel=65536', null],
  [[1n], 'crashkernel=auto', null],
  [[8n], 'crashkernel=16G', null],
  [[8n, 64n], 'crashkernel=256M@60000000', 'crashkernel=256M@0x60000000'],
  [[8n], 'crashkernel=256M@16', null],
  // A place that arm64 refuses stays one, whatever is mended in front of it or behind.
  [[8n], 'crashkernel=64MB@1-G', null],
  [[8n], 'crashkernel=256MB@256', null],
  [[8n], 'crashkernel="256M@100"', null],
  [[8n], 'crashkernel=256M@256,M', null],
  [[8n], 'crashkernel=256@256', null],
  [[8n], "crashkernel='96M@2-G'", null],
  [[8n], 'crashkernel=256MB@8E', null],
  [[8n], 'crashkernel=1G-:256MB@100', null],
  [[8n], 'crashkernel=1G@1 quiet crashkernel=64M,high ro', null],
  [[8n], 'crashkernel=256 M@40000000', 'crashkernel=256M@0x40000000'],
  [[8n], 'crashkernel="256M@40000000"', 'crashkernel=256M@0x40000000'],
  // Lists, on machines that they work on and on others.
  [[2n, 8n], 'crashkernel=1G-4G:256M;4G-:512M', 'crashkernel=1G-4G:256M,4G-:512M'],
  [[2n, 8n], 'crashkernel=1G-4G:256M, 4G-:512M ro', 'crashkernel=1G-4G:256M,4G-:512M ro'],
  [[2n, 8n], 'crashkernel=1G-4G:256M 4G-:512M', 'crashkernel=1G-4G:256M,4G-:512M'],
  [[2n, 8n], 'crashkernel=1G-4G:256MB,4G-:512MB', 'crashkernel=1G-4G:256M,4G-:512M'],
  [[2n, 8n], 'crashkernel=1G-4G:0.25G,4G-:0.5G', 'crashkernel=1G-4G:256M,4G-:512M'],
  [[2n, 8n], 'crashkernel=1G\u00e2\u0080\u00934G:256M,4G-:512M', 'crashkernel=1G-4G:256M,4G-:512M'],
  [[2n, 8n], 'crashkernel=4G-1G:256M,4G-:512M', 'crashkernel=1G-4G:256M,4G-:512M'],
  [[2n, 8n], 'crashkernel=1G:256M,4G-:512M', null],
  [[8n], 'crashkernel=1G-:256M,4G-:512M', null],
  [[8n], 'crashkernel=32G-64G:9G,1G-32G:256M', null],
  [[9n], 'crashkernel=1G-010G:64M,010G-:128M', null],
  [[128n], 'crashkernel=2G-:1G@16M,4G-64G:320M', null],
  [[128n], 'crashkernel=64G-:576M@4G-64G:320M', null],
  [[8n], 'crashkernel=64M@16M@32M', null],
  // Letters in a number, a second unit, a point that could part thousands.
  [[2n, 8n], 'crashkernel=256M-:16OM', null],
  [[2n, 8n], 'crashkernel=1G-:32xM', null],
  [[2n, 8n], 'crashkernel=1G-:16"M"', null],
  [[2n, 8n], 'crashkernel=1G-:16O', null],
  [[2n, 8n], 'crashkernel=1G-:32x', null],
  [[8n], 'crashkernel=1G-4G:25OM,4G-:32OM', null],
  [[8n], 'crashkernel=16OM', null],
  [[8n], 'crashkernel=4MG', null],
  [[8n], 'crashkernel=1MG', null],
  [[8n], 'crashkernel=256MGB', null],
  [[8n], 'crashkernel=64Mquiet', null],
  [[8n], 'crashkernel=64Mro', null],
  [[8n], 'crashkernel=1G-:256MK', null],
  [[8n], 'crashkernel=1.024M', null],
  [[8n], 'crashkernel=1.024G', null],
  [[2n, 8n], 'crashkernel=1G-4G:1.024M,4G-:512MB', null],
  [[2n, 8n], 'crashkernel=1G-4G:1.5,4G-:512MB', null],
  [[8n], 'crashkernel=0.125G', 'crashkernel=128M'],
  [[8n], 'crashkernel=256Mo', 'crashkernel=256M'],
  [[8n], 'crashkernel=256MM', 'crashkernel=256M'],
  [[8n], 'crashkernel=256Megabytes', 'crashkernel=256M'],
  [[2n, 8n], 'crashkernel=512M-2GI:256MI,2GI-:512MiB', 'crashkernel=512M-2G:256M,2G-:512M'],
  // A value that blanks tore apart.
  [[1n, 8n], 'crashkernel=512MB to 2G:160M,2G-:64M', null],
  [[1n, 8n], 'crashkernel=512MM to :96M', null],
  [[8n], 'crashkernel=512MB up to 2G:160M ro', null],
  [[8n], 'crashkernel=512M , high', null],
  [[8n], 'crashkernel=512M @1G', null],
  [[8n], 'crashkernel=256MB quiet 3', 'crashkernel=256M quiet 3'],
  [[8n], 'crashkernel=256MB ro quiet ip=1.2.3.4:5', 'crashkernel=256M ro quiet ip=1.2.3.4:5'],
  // Bounds without a unit: G or M, nobody knows.
  [[1n, 2n, 8n], 'crashkernel=2-4:256,4-:512', null],
  [[1n, 2n, 8n], 'crashkernel=0-2:512,2-:256', null],
  [[1n, 8n], 'crashkernel=256-512:192,512-:160', null],
  [[1n, 2n, 8n], 'crashkernel=2G-4G:256M,4-64G:320M,64G-:576MB', null],
  [[1n, 2n, 8n], 'crashkernel=2-4G:256M;4G-:512M', null],
  [[1n, 2n, 8n], 'crashkernel=512-1.0G:200,1G-4G:64,4G-8G:200,8G-:256', null],
  [[2n, 8n], 'crashkernel=1G-4G:256,4G-:512M', 'crashkernel=1G-4G:256M,4G-:512M'],
  [[2n, 8n], 'crashkernel=1G-2G:200,2G-4G:256;4G-:320', 'crashkernel=1G-2G:200M,2G-4G:256M,4G-:320M'],
  // What is plain in other spellings.
  [[8n], "'crashkernel=256M'", 'crashkernel=256M'],
  [[8n], 'ro \u201ccrashkernel=256M,high\u201d quiet', 'ro crashkernel=256M,high quiet'],
  [[8n], "'crashkernel=256M quiet'", null],
  [[8n], 'crashkernel==256M', 'crashkernel=256M'],
  [[1n, 8n], 'crashkernel=\u201c512M-1G:96M,1G-4G:96M,4G-:160M\u201d', 'crashkernel=512M-1G:96M,1G-4G:96M,4G-:160M'],
  [[8n], 'crashkernel=96M@1.0G', 'crashkernel=96M@1G'],
  [[8n], 'crashkernel=64M@0.25G', null],
  [[8n], 'crashkernel=64M@1.024G', null],
  [[8n], 'crashkernel=.5G', 'crashkernel=512M'],
  [[8n], 'crashkernel=0,5G', 'crashkernel=512M'],
  [[8n], 'crashkernel=256M,,', 'crashkernel=256M'],
  [[8n], 'crashkernel=1G,hihg', 'crashkernel=1G,high'],
  [[8n], 'crashkernel=1G,high crashkernel=128M,lwo', 'crashkernel=1G,high crashkernel=128M,low'],
  [[8n], 'crashkernel=1G,highmem crashkernel=128M,lowmem', 'crashkernel=1G,high crashkernel=128M,low'],
  [[8n], 'crashkernel=1G,how', null],
  [[2n, 3n], 'crashkernel=2G..4G:256M', 'crashkernel=2G-4G:256M'],
  [[2n, 8n], 'crashkernel=2G..4G:256M,4G-:512M', 'crashkernel=2G-4G:256M,4G-:512M'],
  [[2n, 8n], 'crashkernel=2G-4G:256M,4G--:512M', 'crashkernel=2G-4G:256M,4G-:512M'],
  [[8n], 'crashkernel=512M,\thigh', 'crashkernel=512M,high'],
  [[2n, 8n], 'crashkernel=1G-4G:192M,\n4G-:256M', 'crashkernel=1G-4G:192M,4G-:256M'],
  [[8n], 'crashkernel=64M@0x4000000O', null],
  [[8n], 'crashkernel=1G-:64M@0x4000000O;', null],
  [[8n], 'crashkernel=64M@1GM', null],
  [[8n], 'crashkernel=160M,High crashkernel=64,low', 'crashkernel=160M,high crashkernel=64M,low'],
  // Quotes that hold other parameters, or belong to them.
  [[8n], 'ro crashkernel="512M ro quiet splash', 'ro crashkernel=512M ro quiet splash'],
  [[8n], 'crashkernel="256M quiet', 'crashkernel=256M quiet'],
  [[8n], 'crashkernel="256M"" quiet', 'crashkernel=256M quiet'],
  [[128n], 'crashkernel="1G-:576M"" quiet root=/dev/sda', 'crashkernel=1G-:576M quiet root=/dev/sda'],
  [[8n], 'crashkernel="512M 3 quiet nosmp', null],
  [[8n], 'crashkernel="512M quiet" ro', null],
  [[8n], 'crashkernel="512M root="a b"', null],
  [[8n], '"crashkernel=512M quiet" ro', 'crashkernel=512M quiet ro'],
  [[8n], 'ro splash" crashkernel=256M quiet', null],
  [[8n], '"note crashkernel=256M" ro', null],
  [[8n], '" a="b c" crashkernel=5G,high', null],
  [[8n], 'crashkernel=2G-4G:256M, 4G-:512M" crashkernel=1G-:256M', null],
  // What belongs to init.
  [[8n], 'init=/x -- --note=crashkernel=64M', null],
  [[8n], 'ro -- x=crashkernel=64M', null],
  [[8n], 'ro -- foo.crashkernel=1G', null],
  [[8n], '"crashkernel=128M" ro "', 'crashkernel=128M ro '],
  [[8n], '"crashkernel=128M" root=/dev/sda a="b c"', 'crashkernel=128M root=/dev/sda a="b c"'],
  // Switched off, or another parameter's.
  [[8n], 'no_crashkernel=64MB', null],
  [[8n], '#crashkernel=64M,low crashkernel=128M', null],
  [[8n], 'foo.crashkernel=512M', null],
  [[8n], '--crashkernel=512M', 'crashkernel=512M'],
  // A place that was asked for.
  [[8n], 'crashkernel=256M@1G Crashkernel=256M', null],
  [[8n], 'crashkernel=256M@1G crashkernel =512M', null],
  [[8n], '-- crashkernel= 512M ro', 'crashkernel=512M -- ro'],
  [[8n], '-- crashkernel=1G-4G:256M, 4G-:512M ro', 'crashkernel=1G-4G:256M,4G-:512M -- ro'],
  // Low memory that was asked for, beside a value with a fault.
  [[32n], 'crashkernel=1G, high crashkernel=64M,low', 'crashkernel=1G,high crashkernel=64M,low', { kernel: '6.1' }],
  [[48n], 'crashkernel=4 G,high crashkernel=512M,low', 'crashkernel=4G,high crashkernel=512M,low'],
  [[32n], 'crashkernel=1 G,HIGH crashkernel=512M,low', 'crashkernel=1G,high crashkernel=512M,low'],
  [[32n], 'crashkernel=4Ghigh crashkernel=064M,low', 'crashkernel=4G,high crashkernel=64M,low'],
  [[32n], 'crashkernel=4 G,high crashkernel=64M low', null],
  [[32n], 'crashkernel=1G, high crashkernel=64M,low', 'crashkernel=1G', OLD],
  [[32n], 'crashkernel=1 G,high crashkernel=128M, low', 'crashkernel=1G', OLD],
  [[32n], 'crashkernel=5,12M,high crashkernel=64M, low', null, OLD],
  // A colon for the dash: two bounds, and the size somewhere else.
  [[128n], 'crashkernel=1G-16G:1G,16G:32G@192M', null],
  [[192n], 'crashkernel=1G:4G 320M', null],
  [[192n], 'crashkernel=2G:4G@160M;,4G-64G:192M', null],
  [[192n], 'crashkernel=2G..@576M', null],
  [[8n], 'crashkernel=0M-1G:320M,1G:4G', null],
  // Half a number, half a clause.
  [[128n], 'crashkernel=256 M-:512M', null],
  [[128n], 'crashkernel=256 MB-4G:1G', null],
  [[512n], 'crashkernel=256 MB-1 G:160M,1G-16G:512M', null],
  [[1n], 'crashkernel=0M-1G:192M,1G-:1,60M', null],
  [[4n, 16n], 'crashkernel=2G-8G:576M;8G-:1,28M', null],
  [[12n], 'crashkernel=1G-16G:512M;16G-:1 G', null],
  [[12n], 'crashkernel=1G-16G:512M;16G-:6 4M quiet', null],
  [[8n], 'crashkernel=1G-4G: 3', null],
  [[8n], 'crashkernel=512Mblow', null],
  [[8n], 'crashkernel=512M@0xffffffffffe00001', null],
  // Machines in between, of a list that Linux reads in part.
  [[2n], 'crashkernel=0M-1G:576M|1G-:64M crash_kernel=1G', null],
  [[2n], 'crashkernel=0M-1G:320M/1G-:64M CRASHKERNEL=256M', null],
  [[2n], 'crashkernel=256M-1G:320M\t1G-2G:1 60M CRASHKERNEL=256M', null],
  // A list that would go as a whole.
  [[96n], 'crashkernel=2G-:256M,high crashkernel=128M', null],
  [[64n], 'crashkernel=1G-4G:256M,4G-:1G,high crashkernel=128M', null, OLD],
  // Another value stands beside the one with the fault.
  [[8n], 'crashkernel=256M Crashkernel=64M', null],
  [[8n], 'crashkernel=256M xcrashkernel=64M', null],
  [[8n], 'crashkernel=256M -- crashkernel=64M', null],
  [[8n], 'crashkernel=256M crashkernel=1G,high', null],
];

describe('what is offered', () => {
  test.each(LINES)('with %s GiB: %j becomes %j', (sizes, line, fixed, options) => {
    for (const gib of sizes) {
      const explanation = explainCrashkernel(line, gib * GIB, options);
      expect(explanation.fixed).toBe(fixed ?? line);
      if (fixed === null) expect(explanation.findings.filter(({ fix }) => fix.length > 0)).toEqual([]);
      doesNoHarm(line, gib * GIB, options ?? {}, 0n);
    }
  });
});

/** What is reserved; less than a MiB is no room for a kernel and counts as nothing. */
function reserved(line: string, ram: bigint, options: CrashkernelOptions): bigint {
  const { ret, size } = parseCrashkernel(line, ram, options);
  return ret === 0 && size < ram && size >= MIB ? size : 0n;
}

/** The same, less what arm64 refuses when it reserves: a place that is not a multiple of 2 MiB. */
function really(line: string, ram: bigint, options: CrashkernelOptions): bigint {
  return parseCrashkernel(line, ram, options).base % (2n * MIB) === 0n ? reserved(line, ram, options) : 0n;
}

const MACHINES: bigint[] = [];
for (let ram = 256n * MIB; ram <= 12n << 40n; ram *= 2n) MACHINES.push(ram, (ram * 3n) / 2n - MIB, ram + 192n * MIB);

/** Clauses without a fault stand in the mended line as they were, all of them. */
function clausesOf(line: string): string[] {
  const value = /crashkernel=([^ ]*:[^ ]*)/.exec(line)?.[1] ?? '';
  // A list with a suffix is at fault as a whole.
  if (/,(high|low|cma)["']*$/i.test(value)) return [];
  return value.split(/["',;@]/).filter((clause) => {
    const [, from = '', to = ''] = /^([1-9]\d*[MG])-([1-9]\d*[MG])?:[1-9]\d*[MG]$/.exec(clause) ?? [];
    return from !== '' && (to === '' || sizeOf(to) > sizeOf(from));
  });
}

function sizeOf(text: string): bigint {
  return BigInt(text.slice(0, -1)) << (text.endsWith('G') ? 30n : 20n);
}

/** The rule for fixes. */
function doesNoHarm(line: string, ram: bigint, options: CrashkernelOptions, asked: bigint): void {
  const { fixed, findings } = explainCrashkernel(line, ram, options);
  const offered = new Set([fixed, ...findings.filter(({ fix }) => fix.length > 0).map((finding) => finding.fixed)]);
  offered.delete(line);
  for (const each of offered) {
    expect(really(each, ram, options), `${each} reserves something`).toBeGreaterThan(0n);
    if (asked < ram)
      expect(reserved(each, ram, options), `${each} gives what was asked for`).toBeGreaterThanOrEqual(asked);
    for (const clause of clausesOf(line)) expect(each).toContain(clause);
  }
  for (const machine of MACHINES) {
    const before = reserved(line, machine, options);
    if (before === 0n) continue;
    for (const each of offered) {
      expect(really(each, machine, options), `${each} with ${formatSize(machine)}`).toBeGreaterThanOrEqual(before);
    }
  }
}

/** A value as one should write it, what it asks for, and ways to get it wrong of which it is plain what was meant. */
interface Good {
  value: string;
  asked: (ram: bigint) => bigint;
}

/** Ranges are for RAM rounded up to 128 MiB. */
function rounded(ram: bigint): bigint {
  return (ram + 128n * MIB - 1n) & -(128n * MIB);
}

const size = fc.constantFrom('64M', '128M', '192M', '256M', '512M', '1G', '2G', '4G');
const simple = fc
  .tuple(size, fc.constantFrom('', '', ',high'))
  .map(([text, suffix]): Good => ({ value: text + suffix, asked: () => sizeOf(text) }));
const list = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 6 }),
    fc.array(size, { minLength: 6 }),
  )
  .map(([steps, sizes]): Good => {
    const bounds = steps.toSorted((a, b) => a - b).map((step) => (256n * MIB) << BigInt(step));
    const clauses = bounds.map((from, i) => ({ from, to: bounds[i + 1], size: sizes[i] ?? '64M' }));
    const text = clauses.map(({ from, to, size: each }) => `${formatSize(from)}-${to ? formatSize(to) : ''}:${each}`);
    return {
      value: text.join(','),
      asked: (ram) => sizeOf(clauses.findLast(({ from }) => rounded(ram) >= from)?.size ?? '0M'),
    };
  });
const good = fc.oneof(simple, list);

const mistake = fc.constantFrom<((value: string) => string)[]>(
  (value) => `"${value}"`,
  (value) => `'${value}'`,
  (value) => value.replaceAll(',', ', '),
  (value) => (value.includes(':') ? value.replaceAll(',', ';') : `${value};`),
  (value) => (value.includes(':') ? value.replaceAll(/(:\d+[MG])/g, '$1B') : value.replace(/^(\d+[MG])/, '$1B')),
  (value) => value.replace(',high', ',HIGH'),
  (value) => value.replace(',high', 'high'),
  (value) => value.replace(/-:(\w+)$/, ':$1'),
  (value) => value.replace(/(\d+[MG])-(\d+[MG]):/, '$2-$1:'),
  (value) => value.replaceAll('-', '\u2013'),
  (value) => value.replace(/^1G/, '1.0G'),
  (value) => ` ${value}`,
);

const ram = fc.constantFrom(...MACHINES);
const kernel = fc.constantFrom(...KERNELS);

describe('no fix does harm', () => {
  test('a good value that was got wrong becomes what it was, wherever that reserves', () => {
    fc.assert(
      fc.property(good, mistake, ram, kernel, ({ value, asked }, err, machine, version) => {
        const options = { kernel: version };
        const meant = version === '5.10' ? value.replace(',high', '') : value;
        const line = `ro crashkernel=${err(value)} quiet`;
        doesNoHarm(line, machine, options, asked(machine));
        if (err(value) === value || reserved(`crashkernel=${meant}`, machine, options) === 0n) return;
        if (asked(machine) > reserved(`crashkernel=${meant}`, machine, options)) return;
        const { fixed } = explainCrashkernel(line, machine, options);
        expect(fixed).toBe(`ro crashkernel=${meant} quiet`);
        const left = explainCrashkernel(fixed, machine, options).findings;
        expect(left.filter(({ severity }) => severity !== 'note')).toEqual([]);
      }),
    );
  });

  test('a blank in a value is seen, wherever it is', () => {
    fc.assert(
      fc.property(good, fc.nat(), fc.constantFrom('', ' quiet', ' -- 3'), ram, ({ value }, at, more, machine) => {
        const split = 1 + (at % (value.length - 1));
        const line = `crashkernel=${value.slice(0, split)} ${value.slice(split)}${more}`;
        doesNoHarm(line, machine, {}, 0n);
        const { findings } = explainCrashkernel(line, machine);
        expect(findings.filter(({ severity }) => severity !== 'note').length, line).toBeGreaterThan(0);
      }),
      { numRuns: 1500 },
    );
  });

  test('a bound without a unit is seen on every machine, and nothing is mended around it', () => {
    const digits = fc.constantFrom('2', '4', '64', '256');
    fc.assert(
      fc.property(list, fc.nat(), digits, mistake, ram, ({ value }, at, bound, err, machine) => {
        const clauses = value.split(',');
        const i = at % clauses.length;
        const bare = clauses.with(i, (clauses[i] ?? '').replace(/^\w+/, bound)).join(',');
        const { findings } = explainCrashkernel(`crashkernel=${bare}`, machine);
        expect(findings.filter(({ severity }) => severity !== 'note').length, bare).toBeGreaterThan(0);
        const wrong = `crashkernel=${err(bare)}`;
        expect(explainCrashkernel(wrong, machine).fixed, wrong).toBe(wrong);
      }),
    );
  });

  /** Ways to get a number wrong of which it is not always plain what was meant. */
  const slip = fc.constantFrom<((text: string) => string)[]>(
    ...Array.from({ length: 12 }, () => (text: string) => text),
    (text) => `${text}B`,
    (text) => `${text}iB`,
    (text) => `0${text}`,
    (text) => text.replace(/[MG]$/, ' $&'),
    (text) => text.replace(/[MG]$/, ' $&B'),
    (text) => `"${text}"`,
    (text) => `${text}"`,
    (text) => `${text};`,
    (text) => `${text}m`,
    (text) => text.replace(/(\d)(\d)/, '$1,$2'),
    (text) => text.replace(/(\d)(\d)/, '$1 $2'),
    (text) => text.replace(/\d/, '$&\u00a0'),
  );
  const slips = fc.array(slip, { minLength: 20, maxLength: 20 });
  const joint = fc.constantFrom(...['-', '-', '-', '-', '-', '', '--', ':', '..', '\u2013', 'to']);
  const gap = fc.constantFrom(...[',', ',', ',', ';', ', ', ' ,', ' ', '|', ',,', '\t', '/']);
  const behind = fc.constantFrom('', '', ' crashkernel=128M', ' crash_kernel=1G', ' xcrashkernel=512M', '"', '@16M');

  /** Every number of a line with its own slip, every dash of a list and every comma with its own. */
  function slipped(line: string, errs: ((text: string) => string)[], dash: string, comma: string): string {
    let at = 0;
    return line
      .replaceAll(/\d+[MG]/g, (text) => errs[at++ % errs.length]?.(text) ?? text)
      .replace('-', dash)
      .replace(/,(?=\d)/, comma);
  }

  test('whatever becomes of the numbers and what parts them', () => {
    const line = fc.tuple(good, slips, joint, gap, behind);
    fc.assert(
      fc.property(line, ram, kernel, ([{ value, asked }, errs, dash, comma, more], machine, version) => {
        const options = { kernel: version };
        const wrong = `ro crashkernel=${slipped(value, errs, dash, comma)}${more} quiet root="LABEL=a b"`;
        doesNoHarm(wrong, machine, options, more === '' ? asked(machine) : 0n);
        const { fixed } = explainCrashkernel(wrong, machine, options);
        if (fixed === wrong) return;
        expect(fixed).toMatch(/^ro .* quiet root="LABEL=a b"$/);
        if (more !== '') return;
        for (const other of MACHINES) {
          const given = reserved(fixed, other, options);
          if (given > 0n && asked(other) < other) expect(given, fixed).toBeGreaterThanOrEqual(asked(other));
        }
      }),
      { numRuns: 4000 },
    );
  });

  test('low memory that was asked for beside ,high', () => {
    const suffix = fc.constantFrom(',high', ', high', ' ,high', ',HIGH', 'high', '.high', ',high,');
    const lowSize = fc.constantFrom('64M', '128M', '512M');
    fc.assert(
      fc.property(size, slips, suffix, lowSize, ram, kernel, (text, errs, high, low, machine, version) => {
        const line = `crashkernel=${slipped(text, errs, '-', ',')}${high} crashkernel=${low},low`;
        const options = { kernel: version };
        const { fixed } = explainCrashkernel(line, machine, options);
        if (fixed === line) return;
        const after = parseCrashkernel(fixed, machine, options);
        expect(after).toMatchObject({ ret: 0, size: sizeOf(text) });
        if (after.high) expect(after.lowSize).toBe(sizeOf(low));
      }),
      { numRuns: 2000 },
    );
  });

  const piece = fc.constantFrom(
    ...[
      'crashkernel=',
      'crashkernel=',
      ' ',
      ',',
      ';',
      '-',
      ':',
      '@',
      '64M',
      '256M',
      '512M',
      '1G',
      '4G',
      '64G',
      '0',
      '08',
    ],
    ...[
      'x',
      'B',
      ',high',
      ',low',
      ',cma',
      ',HIGH',
      '"',
      ' -- ',
      '\t',
      '1G-4G:256M',
      '4G-64G:320M',
      '64G-:576M',
      '0.5G',
    ],
    ...['64G:576M', '4G-1G:64M', '@16M', '@x', '@60000000', 'x', 'Crashkernel=', 'auto', '2G-:'],
  );
  const anyLine = fc.array(piece, { minLength: 1, maxLength: 10 }).map((parts) => `crashkernel=${parts.join('')}`);

  test('on any line', () => {
    fc.assert(
      fc.property(anyLine, ram, kernel, (line, machine, version) => {
        doesNoHarm(line, machine, { kernel: version }, 0n);
      }),
      { numRuns: 3000 },
    );
  });

  /** Asks again about a line that was mended, and about the same line on other machines. */
  const isSettled = (line: string, machine: bigint, options: CrashkernelOptions): void => {
    const { fixed } = explainCrashkernel(line, machine, options);
    if (fixed === line) return;
    expect(explainCrashkernel(fixed, machine, options).fixed, line).toBe(fixed);
    for (const other of [GIB / 2n, GIB, 3n * GIB, 8n * GIB, 100n * GIB, 1n << 40n])
      expect([line, fixed], line).toContain(explainCrashkernel(line, other, options).fixed);
  };

  test.each([
    ['6.1', '--\tcrashkernel=256m,HIGH\tcrashkernel=512M\t--\tinit=/bin/sh'],
    ['5.10', 'crashkernel =1024K "crashkernel=1T,high'],
    ['6.12', '-- crashkernel=64G dyndbg="x crashkernel=+256M console=ttyS0'],
  ] as const)('on %s is final, and the same on every machine: %j', (version, line) => {
    for (const machine of [GIB, 2n * GIB, 8n * GIB, 128n * GIB]) isSettled(line, machine, { kernel: version });
  });

  const word = fc.constantFrom(
    ...['ro', '--', 'init=/bin/sh', 'a="b c"', 'dyndbg="x', 'x="', 'console=ttyS0,115200n8', 'high', '3'],
    ...[
      '512M',
      '256m,HIGH',
      '+256M',
      '1024K',
      '1T,high',
      '64G',
      '"256M"',
      '256MB',
      '0.5G',
      '2G-:256M;',
      '2G:1G',
    ].flatMap((value) =>
      ['crashkernel=', 'crashkernel =', '"crashkernel=', 'Crashkernel='].map((name) => `${name}${value}`),
    ),
  );

  test('is final, and the same on every machine', () => {
    const line = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(line, ram, kernel, (text, machine, version) => isSettled(text, machine, { kernel: version })),
      { numRuns: 1500 },
    );
  });

  const two = fc.tuple(
    fc.constantFrom('', ',high', ',low', ',cma', ',HIGH', 'B'),
    size,
    fc.constantFrom('crashkernel', 'xcrashkernel', 'CrashKernel'),
  );

  test('of several values', () => {
    fc.assert(
      fc.property(fc.array(two, { minLength: 1, maxLength: 4 }), ram, kernel, (values, machine, version) => {
        const line = values.map(([suffix, text, name]) => `${name}=${text}${suffix}`).join(' ');
        doesNoHarm(line, machine, { kernel: version }, 0n);
      }),
      { numRuns: 2000 },
    );
  });

  test('what a line loses that is too long is put where it survives, unless that pushes out something else', () => {
    const padding = fc.integer({ min: 1960, max: 2080 });
    const other = fc.constantFrom('', ' root=a');
    fc.assert(
      fc.property(good, padding, other, ram, ({ value, asked }, length, root, machine) => {
        const front = 'a '.repeat(length / 2).trimEnd() + root;
        const line = `${front} crashkernel=${value}`;
        const { fixed, verdict } = explainCrashkernel(line, machine);
        expect(verdict).toEqual(parseCrashkernel(cutCmdline(line).kept, machine));
        const clean = `crashkernel=${value}`;
        const given = reserved(clean, machine, {});
        // Of a list the front can be left, as a size for every machine.
        const { kept } = cutCmdline(line);
        const isMore = MACHINES.some((each) => reserved(kept, each, {}) > reserved(clean, each, {}));
        const isPushed = root !== '' && front.length <= 2047;
        if (line.length <= 2047 || isPushed || isMore || given === 0n || given < asked(machine))
          expect(fixed).toBe(line);
        else expect(fixed).toBe(`${clean} ${front}`);
      }),
    );
  });

  test.each(['crashkernel', 'boots'])('of the real lines in %s.jsonl', (file) => {
    const text = readFileSync(new URL(`../fixtures/${file}.jsonl`, import.meta.url), 'utf8').trim();
    for (const record of text.split('\n').map((line) => JSON.parse(line))) {
      const line: string = record.cmdline ?? record.input.cmdline;
      for (const version of KERNELS) {
        for (const machine of [GIB, 8n * GIB, 200n * GIB, 12n << 40n])
          doesNoHarm(line, machine, { kernel: version }, 0n);
      }
    }
  });
});
