import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CrashkernelOptions, explainCrashkernel, formatCrashkernel, parseCrashkernel } from './index.ts';

fc.configureGlobal({ seed: 20190708, numRuns: 500 });

const GIB = 1n << 30n;
const KEXEC: CrashkernelOptions = { parameter: 'kexeckernel' };

/** line, code of the finding, its text, the mended line or null where none is offered. RAM is 8 GiB. */
const TRAPS: [line: string, code: string, text: string, fixed: string | null, options?: CrashkernelOptions][] = [
  ['crashkernel=64M@x', 'base-missing', '@x', 'crashkernel=64M'],
  ['crashkernel=64M@', 'base-missing', '@', 'crashkernel=64M'],
  ['crashkernel=64M@16Mx', 'base-junk', 'x', 'crashkernel=64M@16M'],
  ['crashkernel=64M@0x1000001', 'base-misaligned', '@0x1000001', null],
  ['crashkernel=64M@60000000', 'base-misaligned', '@60000000', 'crashkernel=64M@0x60000000'],
  ['kexeckernel=64M,high', 'suffix-unknown', 'kexeckernel=64M,high', 'kexeckernel=64M', KEXEC],
  ['crashkernel=256M crashkernel=1G,high', 'plain-wins', 'crashkernel=1G,high', null],
  ['crashkernel=1G,low', 'low-alone', 'crashkernel=1G,low', 'crashkernel=1G'],
  ['xcrashkernel=64M', 'substring', 'xcrashkernel=64M', 'crashkernel=64M'],
  ['ro -- crashkernel=64M x', 'after-dashdash', 'crashkernel=64M', 'ro crashkernel=64M -- x'],
  ['"crashkernel=64M"', 'quoted', '"crashkernel=64M"', 'crashkernel=64M'],
  ['crashkernel=64M\tquiet', 'odd-blank', '\t', 'crashkernel=64M quiet'],
  ['crashkernel=64MB quiet', 'junk', 'B', 'crashkernel=64M quiet'],
  ['crashkernel=0.5G quiet', 'junk', '.5G', 'crashkernel=512M quiet'],
  ['crashkernel=1.5GB,high', 'junk', '.5GB,high', 'crashkernel=1536M,high'],
  ['crashkernel=0.3G@16M', 'junk', '.3G@16M', 'crashkernel=308M@16M'],
  ['crashkernel=1G,HIGH', 'junk', ',HIGH', 'crashkernel=1G,high'],
  ['crashkernel=1G@16M,high', 'junk', '@16M,high', 'crashkernel=1G,high'],
  ['crashkernel= 64M', 'size-missing', ' 6', 'crashkernel=64M'],
  ['crashkernel=auto', 'size-missing', 'auto', 'crashkernel=2G-4G:256M,4G-64G:320M,64G-:576M'],
  ['crashkernel =64M', 'blank-before-value', 'crashkernel =64M', 'crashkernel=64M'],
  ['Crash-Kernel=64M', 'misspelt', 'Crash-Kernel', 'crashkernel=64M'],
  ['"Crashkernel=64M"', 'misspelt', 'Crashkernel', 'crashkernel=64M'],
  ['crahskernel=256M', 'misspelt', 'crahskernel', 'crashkernel=256M'],
  ['ro crashkernal=256MB quiet', 'misspelt', 'crashkernal', 'ro crashkernel=256M quiet'],
  ['crashkenel=256M', 'misspelt', 'crashkenel', 'crashkernel=256M'],
  ['crashkerne=256M', 'misspelt', 'crashkerne', 'crashkernel=256M'],
  ['crashkernels=256M', 'misspelt', 'crashkernels', 'crashkernel=256M'],
  ['crash.kernel=256M', 'misspelt', 'crash.kernel', 'crashkernel=256M'],
  ['Crahs_Kernel=256M', 'misspelt', 'Crahs_Kernel', 'crashkernel=256M'],
  ['\u0441rashkernel=256M', 'misspelt', '\u0441rashkernel', 'crashkernel=256M'],
  ['\u00d1\u0081rashkernel=256M', 'misspelt', '\u00d1\u0081rashkernel', 'crashkernel=256M'],
  ['crashkernel\u00e2\u0080\u008b=256M', 'misspelt', 'crashkernel\u00e2\u0080\u008b', 'crashkernel=256M'],
  ['ro crash kernel=256M', 'misspelt', 'crash kernel', null],
  ['crashkernel2=256M', 'misspelt', 'crashkernel2', null],
  ['crashkernel=256M crashkernal=512M', 'misspelt', 'crashkernal', null],
  ['kexeckernal=256M', 'misspelt', 'kexeckernal', 'kexeckernel=256M', KEXEC],
  ['crashkernel ro', 'no-value', 'crashkernel', null],
  ['crashkernel=064M', 'octal', '064M', 'crashkernel=64M'],
  ['crashkernel=256', 'tiny', '256', 'crashkernel=256M'],
  ['crashkernel=16G', 'too-large', '16G', null],
  ['crashkernel=1G-2G:64M,2G-:16G', 'too-large', '16G', null],
  ['crashkernel=2G-1G:64M', 'range-reversed', '2G-1G', null],
  ['crashkernel=1G:64M', 'syntax', ':64M', 'crashkernel=1G-:64M'],
  ['crashkernel=1G-2G:64M,', 'syntax', ',', null],
  ['crashkernel=512M-8G:64M', 'no-match', '512M-8G:64M', null],
  ['crashkernel=512M-:64M,high', 'ranges-with-suffix', '-:64M,high', 'crashkernel=512M-:64M'],
  ['crashkernel=1G-:64M,2G-:128M', 'clause-unreachable', '2G-:128M', null],
  ['crashkernel=1G-:64M,junk', 'clause-unread', ',junk', 'crashkernel=1G-:64M'],
  ['crashkernel=1G-2G:64Mx,2G-:128M', 'list-cut', 'x,2G-:128M', 'crashkernel=1G-2G:64M,2G-:128M'],
  ['crashkernel=1G-:64Mx@16M', 'junk-ignored', 'x', 'crashkernel=1G-:64M@16M'],
  ['crashkernel=1G-:64M@', 'base-missing', '@', 'crashkernel=1G-:64M'],
  ['crashkernel=2G-4G:256M,4-64G:320M,64G-:576M', 'bound-tiny', '4', null],
  ['crashkernel=0-2:512M,2-:256M', 'bound-tiny', '2', null],
  ['crashkernel=2-4G:256M,4G-:512M', 'bound-tiny', '2', null],
  ['crashkernel=2-4:256,4-:512', 'bound-tiny', '2', null],
  ['crashkernel=1G-64:256M;64G-:512M', 'range-reversed', '1G-64', null],
  ['crashkernel=1G-4G:256,4G-:512M', 'tiny', '256', 'crashkernel=1G-4G:256M,4G-:512M'],
  ['crashkernel=1G,cma', 'cma-alone', 'crashkernel=1G,cma', null],
  ['crashkernel=64M,cma', 'junk', ',cma', 'crashkernel=64M', { kernel: '6.1' }],
  ['crashkernel=256M crashkernel=64M,high', 'plain-wins', 'crashkernel=64M,high', 'crashkernel=256M'],
  ['crashkernel=9G-4G:64M', 'range-reversed', '9G-4G', 'crashkernel=4G-9G:64M'],
  ['crashkernel=512M @1G', 'blank-inside', ' @1G', null],
  ['crashkernel=512M @ 0x40000000', 'blank-inside', ' @', null],
  ['crashkernel=512M , high', 'blank-inside', ' ,', null],
  ['crashkernel=512M high', 'blank-inside', ' high', null],
  ['crashkernel=512M :256M', 'blank-inside', ' :256M', null],
  ['crashkernel=1G - 4G:256M,4G-:320M', 'blank-inside', ' -', null],
  ['crashkernel=256M -1G:64M,1G-:96M', 'blank-inside', ' -1G:64M,1G-:96M', null],
  ['crashkernel=256M \u2013 1G:64M', 'blank-inside', ' \u2013', null],
  ['crashkernel=1G to 4G:256M,4G-:320M', 'blank-inside', ' to 4G:256M,4G-:320M', null],
  ['crashkernel=512M 1G-4G:256M', 'blank-inside', ' 1G-4G:256M', null],
  ['crashkernel=256M@ 1G', 'blank-inside', ' 1G', null],
  ['crashkernel=1G-4G :256M', 'blank-inside', ' :256M', null],
  ['crashkernel=256 M', 'blank-inside', ' M', 'crashkernel=256M'],
  ['crashkernel="1G-4G:64M, 4G-:1G" ro', 'quoted', '"1G-4G:64M, 4G-:1G"', 'crashkernel=1G-4G:64M,4G-:1G ro'],
];

describe('explainCrashkernel', () => {
  test.each(TRAPS)('%j: %s at %j, mended to %j', (line, code, text, fixed, options = {}) => {
    const explanation = explainCrashkernel(line, 8n * GIB, options);
    const finding = explanation.findings.find((candidate) => candidate.code === code);
    expect(finding).toBeDefined();
    expect(finding?.text).toBe(text);
    expect(line.slice(finding?.start, finding?.end)).toBe(text);
    expect(finding?.linux).toMatch(/\.$/);
    expect(explanation.fixed).toBe(fixed ?? line);
    if (fixed === null) {
      expect(explanation.findings.filter(({ fix }) => fix.length > 0)).toEqual([]);
      return;
    }
    const again = explainCrashkernel(fixed, 8n * GIB, options);
    expect(again.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(again.verdict.ret).toBe(0);
  });

  test('a good line has no findings', () => {
    const { findings, summary, fixed } = explainCrashkernel('ro crashkernel=1G,high crashkernel=64M,low', 8n * GIB);
    expect(findings).toEqual([]);
    expect(summary).toBe('reserves 1G in high memory, with 64M of low memory');
    expect(fixed).toBe('ro crashkernel=1G,high crashkernel=64M,low');
  });

  test.each(
    [
      ...[
        'kexeckernel=64M',
        'kernelcore=1G',
        'crash=1',
        'crashdump=256M',
        'kernel=x',
        'crashkernel_low_mem=1',
        'crahskernel',
      ],
      ...[
        'crash_kexec_post_notifiers',
        'crash_kernel_low_mem=1',
        'x.crashkernal.y=1',
        'x=crashkernal=1',
        '-- crashkernal=1',
      ],
      ...['BOOT_IMAGE=/Image', 'hashdist=1', 'crash ro kernel=1'],
    ].map((word) => [word]),
  )('%s is another parameter', (word) => {
    expect(explainCrashkernel(`crashkernel=256M ${word}`, 8n * GIB).findings).toEqual([]);
  });

  test('a name with up to two slips is told from others', () => {
    const at = fc.nat({ max: 10 });
    const slip = fc.tuple(at, fc.nat({ max: 1 }), fc.constantFrom('', 'q', 'z', '.', '\u0441'));
    fc.assert(
      fc.property(fc.array(slip, { minLength: 1, maxLength: 2 }), (slips) => {
        let name = 'crashkernel';
        for (const [from, cut, text] of slips) name = name.slice(0, from) + text + name.slice(from + cut);
        const line = `ro ${name}=256M`;
        const { findings, verdict } = explainCrashkernel(line, 8n * GIB);
        if (verdict.ret !== 0 || name !== 'crashkernel') expect(findings.length, line).toBeGreaterThan(0);
      }),
    );
  });

  // Words that follow are parameters, runlevels and options of init.
  test.each(['3', 'S', 'single', '-b', '-- 3', 'ro', '1 2', 'to', 'high.x=1', '"a b"', 'emergency', '5 quiet', 'm'])(
    'a value is whole in front of %s',
    (word) => {
      expect(explainCrashkernel(`crashkernel=256M ${word}`, 8n * GIB).findings).toEqual([]);
      expect(explainCrashkernel(`crashkernel=1G-:256M ${word}`, 8n * GIB).findings).toEqual([]);
    },
  );

  test('names the clause that decides, and says when rounding made the choice', () => {
    const line = 'crashkernel=1G-2G:64M,2G-:128M';
    const { occurrences, findings } = explainCrashkernel(line, 2n * GIB - 4096n);
    const matched = occurrences[0]?.clauses.find((clause) => clause.matched);
    expect(line.slice(matched?.start, matched?.end)).toBe('2G-:128M');
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([['rounded-ram', 'note']]);
  });

  test('says which occurrences are ignored and why', () => {
    const { occurrences } = explainCrashkernel('crashkernel=64M crashkernel=128M', 8n * GIB);
    expect(occurrences.map(({ used, ignoredBecause }) => [used, ignoredBecause])).toEqual([
      [false, 'a later crashkernel= at 16 replaces it'],
      [true, null],
    ]);
  });

  test.each([
    ['crashkernel=512M', GIB / 4n, '6.1', "512M is not less than the machine's RAM (256M)"],
    ['crashkernel=512M', GIB / 4n, '5.10', "512M is not less than the machine's RAM (256M)"],
    ['crashkernel=512M', GIB / 4n, '7.3', "512M is not less than the machine's RAM (256M)"],
    ['crashkernel=256M@256', 8n * GIB, '7.3', '0x100 is not a multiple of 2 MiB, as arm64 needs'],
    ['crashkernel=256M@8E', 8n * GIB, '7.3', '0x8000000000000000 is beyond what arm64 can address (52 bits)'],
    [
      'crashkernel=2G-4G:256M@64M,4G-:512M@256M',
      8n * GIB,
      '7.3',
      '"@64M,4G-:512M@256M" ends the list: an offset can only follow the last range',
    ],
  ] as const)('of %j with %d bytes on %s the summary is that of the finding', (line, ram, kernel, message) => {
    const { findings, summary, fixed } = explainCrashkernel(line, ram, { kernel });
    expect(summary).toBe(`reserves nothing: ${message}`);
    expect(findings.map(({ severity, message: said }) => [severity, said])).toEqual([['error', message]]);
    expect(fixed).toBe(line);
  });

  test('a tiny size is said to have no unit only if it has none', () => {
    expect(explainCrashkernel('crashkernel=512K', 8n * GIB).findings[0]?.message).toBe(
      '512K is 524288 bytes: no room for a kernel',
    );
    expect(explainCrashkernel('crashkernel=512', 8n * GIB).findings[0]?.message).toBe(
      '512 is 512 bytes: no unit, no room for a kernel',
    );
  });

  test('an offset at the end of a list is no mistake where no range is for the machine', () => {
    const { findings } = explainCrashkernel('crashkernel=2G-4G:256M@64M', 8n * GIB);
    expect(findings.map(({ code }) => code)).toEqual(['no-match']);
  });

  test('a misspelt name beside one that reserves is no reason to reserve nothing', () => {
    const { findings } = explainCrashkernel('crashkernel=256M Crashkernel=64M crashkernel', 8n * GIB);
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['misspelt', 'trap'],
      ['no-value', 'trap'],
    ]);
  });

  test('an absent parameter is said to be absent', () => {
    expect(explainCrashkernel('ro quiet', GIB).summary).toBe('reserves nothing: no crashkernel= in the line');
  });
});

describe('a line that is longer than the kernel keeps', () => {
  const LONG = 'x.y=0123456789abcdef '.repeat(100);

  test('loses what stands at its end, which is moved to the front', () => {
    const { verdict, findings, fixed, summary } = explainCrashkernel(`${LONG}crashkernel=256M`, 8n * GIB);
    expect(verdict.ret).toBe(-22);
    expect(findings).toMatchObject([{ code: 'beyond-limit', severity: 'error', end: LONG.length + 16 }]);
    expect(summary).toMatch(
      /^reserves nothing: the kernel keeps 2047 bytes of its command line, and this one has 2116: /,
    );
    expect(fixed).toBe(`crashkernel=256M ${LONG.trimEnd()}`);
    expect(explainCrashkernel(fixed, 8n * GIB).verdict).toMatchObject({ ret: 0, size: 256n << 20n });
  });

  test('and one letter less is one unit less', () => {
    const line = `${'a'.repeat(2031)} crashkernel=256M`;
    const { verdict, findings, fixed } = explainCrashkernel(line, 8n * GIB);
    expect(verdict).toMatchObject({ ret: 0, size: 256n });
    expect(findings.find(({ code }) => code === 'beyond-limit')?.message).toMatch(/"crashkernel" loses its end$/);
    // At the front it would push the end of the other one out.
    expect(fixed).toBe(line);
    const short = `${'a '.repeat(1015)}a crashkernel=256M`;
    expect(explainCrashkernel(short, 8n * GIB).fixed).toBe(`crashkernel=256M ${short.slice(0, 2031)}`);
  });

  test.each(['root=/dev/sda1', 'root=a root=b root=a', 'a=1 b=2'])(
    'that is not moved where it pushes %s out',
    (tail) => {
      const line = `${'x '.repeat(1023 - Math.ceil(tail.length / 2))}${tail} crashkernel=256M`;
      expect(explainCrashkernel(line, 8n * GIB).fixed).toBe(line);
    },
  );

  test('is harmless where the parameter stands in front', () => {
    const line = `crashkernel=256M ${LONG}root=/dev/vda1`;
    const { verdict, findings, fixed } = explainCrashkernel(line, 8n * GIB);
    expect(verdict.ret).toBe(0);
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([['beyond-limit', 'note']]);
    expect(findings[0]?.message).toMatch(/"root" are lost$/);
    expect(fixed).toBe(line);
  });

  test('keeps the order of several, and mends what is wrong with them', () => {
    const { fixed } = explainCrashkernel(`crashkernel=1G,high ${LONG}crashkernel=256M,low`, 8n * GIB);
    expect(fixed).toMatch(/^crashkernel=1G,high crashkernel=256M,low x/);
    const mended = explainCrashkernel(`${LONG}crashkernel=512M,HIGH crashkernel=64M,low`, 8n * GIB).fixed;
    expect(mended).toMatch(/^crashkernel=512M,high crashkernel=64M,low x/);
  });

  test('is read whole where there is no limit', () => {
    expect(explainCrashkernel(`${LONG}crashkernel=256M`, 8n * GIB, { max: null }).verdict.ret).toBe(0);
  });
});

const text = readFileSync(new URL('../fixtures/crashkernel.jsonl', import.meta.url), 'utf8').trim();
const vectors = text.split('\n').map((line) => JSON.parse(line));

const piece = fc.constantFrom(
  ...[
    'crashkernel=',
    ' ',
    ',',
    '-',
    ':',
    '@',
    '64M',
    '1G',
    '0',
    '08',
    'x',
    ',high',
    ',low',
    ',cma',
    '"',
    '--',
    '\t',
    '16E',
    '4G',
  ],
);
const anyLine = fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(''));
const kernel = fc.constantFrom('5.10', '6.1', '6.12', '7.1', '7.3');
const ram = fc.bigInt({ min: 0n, max: 1n << 40n });

function agrees(line: string, systemRam: bigint, options: CrashkernelOptions): void {
  const { verdict, occurrences, findings, summary } = explainCrashkernel(line, systemRam, options);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (verdict.ret !== 0 && occurrences.length > 0) expect(errors.length, 'a refusal has a reason').toBeGreaterThan(0);
  const isRefused = errors.some(({ code }) => ['too-large', 'base-misaligned', 'base-beyond'].includes(code));
  expect(summary.startsWith('reserves nothing'), summary).toBe(verdict.ret !== 0 || isRefused);
  if (verdict.ret === 0) {
    const blamed = errors.filter(({ code }) => !['too-large', 'base-misaligned', 'base-beyond'].includes(code));
    expect(
      blamed.filter(({ start }) => !/,cma$/.test(line.slice(start).split(' ')[0] ?? '')),
      'what Linux accepts is not an error',
    ).toEqual([]);
  }
}

describe('the two faces agree', () => {
  test.each(vectors.map((vector) => [vector.id, vector.input]))(
    '%s',
    (_, { cmdline, system_ram, default_low, mode }) => {
      agrees(cmdline, BigInt(system_ram), { defaultLow: BigInt(default_low), mode });
    },
  );

  test('on any line', () => {
    fc.assert(
      fc.property(anyLine, ram, kernel, (line, systemRam, version) => {
        agrees(line, systemRam, { kernel: version });
      }),
    );
  });

  test('findings lie in the line and fixes never throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), anyLine, ram, (noise, line, systemRam) => {
        const { findings } = explainCrashkernel(noise + line, systemRam);
        for (const { start, end, text: part } of findings) expect((noise + line).slice(start, end)).toBe(part);
      }),
    );
  });

  // Quadratic work on such lines would run into the time limit of a test.
  test('hundreds of thousands of characters are read in linear time', () => {
    for (const part of ['crashkernel=', 'crashkernel=1', 'crashkernel=1-2:3,', '"', '\t', '1-2:3,', '9', 'a ']) {
      const line = `crashkernel=${part.repeat(Math.ceil(300_000 / part.length))}`;
      const { fixed, occurrences } = explainCrashkernel(line, GIB, { max: null });
      expect(occurrences.length).toBeLessThanOrEqual(100);
      expect(fixed.length).toBeLessThan(2 * line.length);
    }
  });
});

describe('formatCrashkernel', () => {
  const size = fc.bigInt({ min: 1n, max: (1n << 38n) - 1n });

  test('what is written is read back', () => {
    fc.assert(
      fc.property(size, fc.bigInt({ min: 0n, max: 1n << 50n }), (bytes, base) => {
        const line = `crashkernel=${formatCrashkernel({ size: bytes, base })}`;
        expect(parseCrashkernel(line, 1n << 40n)).toMatchObject({ ret: 0, size: bytes, base });
      }),
    );
  });

  test('a list is read back at any amount of RAM', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.bigInt({ min: 1n, max: 1n << 42n }), { minLength: 2, maxLength: 8 }),
        size,
        (bounds, bytes) => {
          const edges = bounds.toSorted((a, b) => (a < b ? -1 : 1));
          const ranges = edges.map((from, i) => ({ from, to: edges[i + 1], size: (bytes % 1000n) + BigInt(i) + 1n }));
          const line = `crashkernel=${formatCrashkernel({ ranges })}`;
          const systemRam = 1n << 41n;
          const expected = ranges.find(({ from, to }) => systemRam >= from && (to === undefined || systemRam < to));
          expect(parseCrashkernel(line, systemRam).size).toBe(expected?.size ?? 0n);
        },
      ),
    );
  });
});
