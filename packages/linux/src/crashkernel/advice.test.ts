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
      /^leave out the offset.*: crashkernel=128M$/,
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
    ['5.10.0', 'crashkernel=256M,high', /no ,high here/, /^write crashkernel=256M$/],
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
      /^write crashkernel=189M, or add a range that holds 1G$/,
      { '/proc/iomem': SMALL },
    ],
    [
      '6.12.0',
      'crashkernel=2G',
      /not less than the machine's RAM \(1G\)/,
      /^write less than the machine has, 2G is not: write crash/,
      { '/proc/iomem': SMALL },
    ],
    [
      '6.1.0',
      'crashkernel=2G',
      /no 2048 MiB free/,
      /^at most crashkernel=9\d\dM fits there$/,
      { '/proc/iomem': SMALL },
    ],
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

  test('an architecture without a known limit is not judged', async () => {
    const finding = await found('6.12.0', 'quiet', { '/proc/sys/kernel/arch': 'riscv64\n' }, 'command-line');
    expect(finding).toMatchObject({ isKnown: false, severity: 'warning' });
  });
});
