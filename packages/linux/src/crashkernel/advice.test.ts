import { describe, expect, test } from 'vitest';
import type { Finding, FindingId } from '../finding.ts';
import { preflight } from '../preflight.ts';
import { type Files, hostWith } from '../testing/tree.ts';

const KERNEL = ['  40210000-415fffff : Kernel code', '  41a00000-41cfffff : Kernel data'];
/** RAM below 4 GiB, and above, with a kernel, and what is taken. */
const map = (low: string, taken: readonly string[] = [], high?: string): string =>
  [`40000000-${low} : System RAM`, ...KERNEL, ...taken, ...(high ? [`100000000-${high} : System RAM`] : []), ''].join(
    '\n',
  );

const SMALL = map('7fffffff');
const EIGHT = map('ffffffff', [], '23fffffff');
/** 182 MiB free in one piece below 4 GiB, 252 GiB above: what is taken was so already when the kernel reserved. */
const CRAMPED = map('4d5fffff', ['  41d00000-41ffffff : Kernel bss'], '3fffffffff');

async function found(
  release: string,
  cmdline: string,
  files: Files = {},
  id: FindingId = 'crashkernel',
): Promise<Finding> {
  const host = await hostWith({
    '/proc/iomem': EIGHT,
    '/proc/sys/kernel/osrelease': `${release}\n`,
    '/proc/cmdline': `${cmdline}\n`,
    ...files,
  });
  const finding = preflight(host).find((each) => each.id === id);
  if (finding === undefined) throw new Error(`no ${id}`);
  return finding;
}

describe('nothing was reserved: why, and what to write', () => {
  test.each<[release: string, cmdline: string, why: RegExp, todo: RegExp, files?: Files]>([
    [
      '6.12.0',
      'crashkernel=auto',
      /one distribution's kernels only/,
      /^write crashkernel=2G-4G:256M,4G-64G:320M,64G-:576M$/,
    ],
    [
      '6.12.0',
      'crashkernel=512M,low',
      /,low without crashkernel=SIZE,high reserves nothing/,
      /^write crashkernel=512M$/,
    ],
    [
      '6.12.0',
      'crashkernel=128M@16M',
      /does not lie in one System RAM range/,
      /^leave out the offset.*: crashkernel=128M; or rather crashkernel=\d+M, /,
    ],
    ['6.12.0', 'crashkernel=128M@0x40200000', /taken by "Kernel code"/, /^leave out the offset/],
    ['7.3.4', 'crashkernel=0.5G', /reserves nothing/, /^write crashkernel=512M$/],
    ['7.3.4', 'crashkernel=512MB', /reserves nothing/, /^write crashkernel=512M$/],
    ['6.12.0', 'crashkernel=2G-1G:64M', /the range ends at 1G/, /^write crashkernel=320M$/],
    [
      '6.12.0',
      'crashkernel=64G-:576M',
      /no range holds 8G.*its own count is not known here/,
      /write crashkernel=320M, or add a range/,
    ],
    [
      '5.10.0',
      'crashkernel=256M,high',
      /no ,high here/,
      /^write crashkernel=256M; or rather crashkernel=320M, which is what this machine wants$/,
    ],
    [
      '5.10.0',
      'crashkernel=4G',
      /no 4096 MiB free in one piece below 0x100000000/,
      /^at most crashkernel=30\d\dM fits there$/,
    ],
    [
      '6.1.0',
      'crashkernel=4G',
      /no 4096 MiB free in one piece below/,
      /^at most crashkernel=30\d\dM fits there; above it crashkernel=4096M,high does$/,
    ],
    [
      '6.12.0',
      'crashkernel=2G-:256M',
      /no range holds 1G/,
      /^write crashkernel=139M, or add a range that holds 1G$/,
      { '/proc/iomem': SMALL },
    ],
    [
      '6.12.0',
      'crashkernel=2G',
      /not less than the machine's RAM \(1G\)/,
      /^write less than the machine has, 2G is not: write crash/,
      { '/proc/iomem': SMALL },
    ],
    ['6.1.0', 'crashkernel=2G', /no 2048 MiB free/, /^write crashkernel=139M$/, { '/proc/iomem': SMALL }],
  ])('%s: %s', async (release, cmdline, why, todo, files) => {
    const finding = await found(release, cmdline, files);
    expect(finding).toMatchObject({ severity: 'warning', why: expect.stringMatching(why) });
    expect(finding.todo).toMatch(todo);
    expect(finding.evidence[0]).toEqual({ path: '/proc/cmdline', text: cmdline });
  });

  test('where ,low does not fit beside what is meant for above, the size that would is named', async () => {
    const { why, todo } = await found('6.1.0', 'crashkernel=4G crashkernel=250M,low', { '/proc/iomem': CRAMPED });
    expect(why).toMatch(/no 4096 MiB free in one piece below 0x100000000/);
    expect(todo).toMatch(/^at most crashkernel=182M fits there; above it crashkernel=4096M,high does/);
    expect(todo).toMatch(/or write crashkernel=4G,high crashkernel=182M,low, which asks for both$/);
  });

  test('where nothing is in the way, the region was given back', async () => {
    const { why, todo } = await found('6.12.0', 'crashkernel=256M');
    expect(why).toMatch(/it would land as 256 MiB at 0x[0-9a-f]+ .*so the region was given back/);
    expect(todo).toMatch(/dmesg/);
  });

  test('what the kernel said is told word for word', async () => {
    const said = 'cannot allocate crashkernel (size:0x100000000)';
    const kmsg = `5,0,0,-;Linux version 6.1.0 (x@y)\n4,1,0,-;${said}\n`;
    const { why, evidence } = await found('6.1.0', 'crashkernel=4G', { '/dev/kmsg': kmsg });
    expect(why).toContain(`the kernel said "${said}"`);
    expect(evidence).toContainEqual({ path: '/dev/kmsg', text: said });
  });

  test.each([
    ['6.12.117+deb13-cloud-arm64', false],
    ['6.1.0-50-arm64', false],
    ['6.5.0-generic', true],
    ['5.14.0-570.el9.aarch64', true],
  ])('%s: rules that were not measured are said to be a guess (%s)', async (release, isGuess) => {
    const { why } = await found(release, 'crashkernel=9G@16M');
    expect(/are a guess/.test(why)).toBe(isGuess);
  });
});

describe('what the kernel said decides', () => {
  const log = (said: string): Files => ({ '/dev/kmsg': `5,0,0,-;Linux version 6.12.0 (x@y)\n4,1,0,-;${said}\n` });

  test.each<[said: string, why: RegExp, todo: RegExp]>([
    [
      'cannot allocate crashkernel (size:0x40000000)',
      /the kernel said "cannot.*": the kernel found no room for that/,
      /^ask for less: write crashkernel=320M$/,
    ],
    ['crashkernel reservation failed - memory is in use.', /the kernel found no room for that/, /^ask for less/],
    [
      'crashkernel reserved: 0x0000000053600000 - 0x000000005b600000 (128 MB)',
      /"; so the region was given back$/,
      /^a region that was given back is there again after a reboot$/,
    ],
  ])('%s', async (said, why, todo) => {
    const finding = await found('6.12.0', 'crashkernel=1G', log(said));
    expect(finding.why).toMatch(why);
    expect(finding.why).not.toMatch(/or the memory was taken/);
    expect(finding.todo).toMatch(todo);
  });
});

describe('a size that is no region', () => {
  test.each<[cmdline: string, todo: RegExp]>([
    ['crashkernel=512', /^write crashkernel=512M$/],
    ['crashkernel=25', /^write crashkernel=25M; or rather crashkernel=320M/],
    ['crashkernel=1G,high crashkernel=12', /crashkernel=/],
  ])('%s has no unit', async (cmdline, todo) => {
    const finding = await found('6.12.0', cmdline);
    expect(finding.why).toMatch(/no unit, no room for a kernel$/);
    expect(finding.todo).toMatch(todo);
  });

  test.each(['crashkernel=25', 'crashkernel=', 'crashkernel=512M,hig', 'crashkernel=1G-4G:128M,4'])(
    'nor is one known at the end of a line that may be cut: %s',
    async (tail) => {
      const cmdline = `${'a=b '.repeat(600).slice(0, 2046 - tail.length)} ${tail}`;
      const { why, todo } = await found('6.12.0', cmdline);
      expect(why).toMatch(/its end may have been cut/);
      expect(todo).toMatch(/^write crashkernel=320M, in front of the others/);
    },
  );

  test('what was switched off can be switched on', async () => {
    const { todo } = await found('6.12.0', 'crashkernel=256M quiet crashkernel=0');
    expect(todo).toBe('it is switched off: if a region is wanted, leave only crashkernel=256M');
  });
});

describe('no size is made up', () => {
  test.each([
    ['128 MiB', '47ffffff', 'crashkernel=auto'],
    ['256 MiB', '4fffffff', 'crashkernel=auto'],
    ['512 MiB', '5fffffff', 'crashkernel=2G'],
  ])('for a machine of %s', async (_, low, cmdline) => {
    const { todo } = await found('6.12.0', cmdline, { '/proc/iomem': map(low) });
    expect(todo).toMatch(/leave it out: no size is advised for \d+ MiB of RAM, for which kdumpctl recommends nothing$/);
  });

  test('by arm64’s rules for x86', async () => {
    for (const iomem of [SMALL, EIGHT]) {
      const files = { '/proc/sys/kernel/arch': 'x86_64\n', '/proc/iomem': iomem };
      expect((await found('6.12.0', 'crashkernel=auto', files)).todo).toMatch(/^write a size that leaves/);
    }
  });
});

test('where rules are a guess, the kernel may not know ,high', async () => {
  const { why, todo } = await found('5.15.0-91-generic', 'crashkernel=1024M,high');
  expect(todo).toMatch(/; or write crashkernel=1G, which all kernels know$/);
  expect(why).toMatch(/or this kernel does not know ,high$/);
  expect((await found('6.12.0', 'crashkernel=1024M,high')).why).not.toMatch(/does not know/);
});

describe('which RAM decides a list', () => {
  const LIST = 'crashkernel=8G-:256M';
  const log = (counted: number): Files => ({
    '/dev/kmsg': `5,0,0,-;Linux version 6.12.0 (x@y)\n6,1,0,-;Memory: 1K/${counted}K available (1K code)\n`,
  });

  test('what is reserved beside System RAM counts', async () => {
    const iomem = `${map('ffffffff', [], '21fffffff')}220000000-23fffffff : reserved\n`;
    expect((await found('6.12.0', LIST, { '/proc/iomem': iomem })).why).toMatch(/reserves 256M/);
    expect((await found('6.12.0', LIST, { '/proc/iomem': map('ffffffff', [], '1ffffffff') })).why).toMatch(
      /no range holds 7G/,
    );
  });

  test('the kernel’s own count comes first, and is said to be so', async () => {
    const { why } = await found('6.12.0', LIST, log(4 << 20));
    expect(why).toMatch(/no range holds 4G .*it counts 4096 MiB of RAM \(the kernel's own count, in its log\)/);
  });
});

describe('a log that tells of other memory than the map does not count', () => {
  const LIST = 'crashkernel=2G-:256M';
  const REST = ['  DMA      [mem 0x0000000040000000-0x00000000ffffffff]', '  DMA32    empty'];
  const lines = (piece: string, count: number): string[] => [
    'Linux version 6.12.0 (x@y)',
    ...REST,
    `  Normal   [mem 0x0000000100000000-0x000000023fffffff]`,
    `  node   0: [mem ${piece}]`,
    `Kernel command line: ${LIST}`,
    `Memory: 1K/${count}K available (1K code)`,
  ];
  const KMSG = (all: string[]): Files => ({ '/dev/kmsg': all.map((line, at) => `6,${at},0,-;${line}\n`).join('') });
  const SAVED = (all: string[]): Files => ({ '/var/log/dmesg': `${all.join('\n')}\n` });
  const MORE = lines('0x0000000040000000-0x000000023fffffff', 8 << 20);
  const ELSEWHERE = lines('0x0000000080000000-0x00000000bfffffff', 1 << 20);
  const LESS = lines('0x0000000040000000-0x000000005fffffff', 1 << 19);

  test.each<[name: string, log: Files]>([
    ['more, by the kernel', KMSG(MORE)],
    ['more, in a file', SAVED(MORE)],
    ['elsewhere', KMSG(ELSEWHERE)],
    ['less, in a file', SAVED(LESS)],
  ])('%s', async (_, log) => {
    const { why } = await found('6.12.0', LIST, { '/proc/iomem': SMALL, ...log });
    expect(why).toMatch(/no range holds 1G.*the log that was found tells of other memory/);
  });

  test('nor does a file where there is no map to compare', async () => {
    const { why } = await found('6.12.0', LIST, { '/proc/iomem': null, ...SAVED(MORE) });
    expect(why).toMatch(/MemTotal, which lacks/);
  });
});

describe('nothing is asked for', () => {
  test('what one would reserve, and where the next boot would put it', async () => {
    const { severity, why } = await found('6.12.0', 'quiet');
    expect(severity).toBe('ok');
    expect(why).toMatch(
      /crashkernel=320M is what a kernel like the running one wants: it would land as 320 MiB at 0xec000000 \(/,
    );
  });

  test('a range where what came later stands in the way', async () => {
    const iomem = map('ffffffff', ['  f8000000-ffffffff : reserved'], '23fffffff');
    const { why } = await found('6.12.0', 'quiet', { '/proc/iomem': iomem });
    expect(why).toMatch(/320 MiB somewhere from 0xe4000000 to 0xec000000 \(what is allocated after the reservation/);
  });

  test('the limit of the device’s reach is what the kernel said', async () => {
    const zones = ['  DMA      [mem 0x40000000-0x7fffffff]', '  Normal   [mem 0x80000000-0x23fffffff]'];
    const lines = ['Linux version 6.12.0 (x@y)', ...zones].map((line, at) => `6,${at},0,-;${line}\n`);
    const { why } = await found('6.12.0', 'quiet', { '/dev/kmsg': lines.join('') });
    expect(why).toMatch(/it would land as 320 MiB at 0x6c000000/);
  });
});

test('x86 reads ,high with more low memory, and no place is told', async () => {
  const files = { '/proc/sys/kernel/arch': 'x86_64\n' };
  const { why, todo } = await found('5.10.0', 'crashkernel=256M,high', files);
  expect(why).toMatch(/reserves 256M in high memory, with 256M of low memory/);
  expect(todo).toBe('look for crashkernel in dmesg');
});

describe('a command line that is longer than a kernel keeps', () => {
  const JUNK = 'x.y=0123456789abcdef '.repeat(100);

  test('the crashkernel= behind the limit does not count', async () => {
    const host = await hostWith({ '/proc/cmdline': `${JUNK}crashkernel=256M`.slice(0, 2047) });
    const findings = preflight(host, { size: 0n, cmdline: `${JUNK}crashkernel=256M` });
    const next = findings.find(({ id }) => id === 'command-line');
    expect(next).toMatchObject({ severity: 'blocker', what: expect.stringContaining('2116 bytes') });
    expect(next?.why).toMatch(/of x\.y=0123456789abcdef it sees x\.y=\S*; it does not see .*crashkernel=256M/);
  });

  test('which one the limit cuts in two', async () => {
    const cut = `${'x '.repeat(1015)}crashkernel=256M`.padEnd(2046, ' ').slice(0, 2047);
    const found = preflight(await hostWith({ '/proc/cmdline': `${cut.trimEnd()} ` }));
    expect(found.find(({ id }) => id === 'command-line')?.severity).toBe('warning');
  });

  test.each([
    ['UEFI’s stub, which leaves out a whole parameter', { '/sys/firmware/efi/': '' }, 'warning'],
    ['no UEFI', {}, 'ok'],
  ])('a line that is nearly as long, by %s', async (_, files: Files, severity) => {
    expect(await found('6.12.0', 'a=b '.repeat(510).slice(0, 2030).trim(), files, 'command-line')).toMatchObject({
      severity,
    });
  });

  test('an architecture without a known limit is not judged', async () => {
    const finding = await found('6.12.0', 'quiet', { '/proc/sys/kernel/arch': 'riscv64\n' }, 'command-line');
    expect(finding).toMatchObject({ isKnown: false, severity: 'warning' });
  });
});
