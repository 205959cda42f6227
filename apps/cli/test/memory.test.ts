import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectRefused, kexeckit, kexeckitHere, kexeckitReading, testFolder } from './kexeckit.ts';

const folder = testFolder();
const fixture = (name: string): string => join(import.meta.dirname, '../../../packages/ioport/fixtures/iomem', name);
const STINGRAY = fixture('broadcom_stingray_bcm958742k.txt');
const UEFI = fixture('qemu_virt_uefi_32g.txt');
const PI = fixture('raspberrypi_4b_4g.txt');

function file(path: string, contents: string | Uint8Array): string {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, contents);
  return whole;
}

const PC = `00000000-00000fff : Reserved
00001000-0009fbff : System RAM
000f0000-000fffff : System ROM
00100000-bfffffff : System RAM
  01000000-02276f47 : Kernel code
  02400000-02e0cfff : Kernel data
fec00000-fec003ff : IOAPIC 0
100000000-23fffffff : System RAM
`;

test('a map is a picture, a table, and what is free', async () => {
  const { code, out, err } = await kexeckitHere(['memory', file('pc', PC)]);
  expect(out.split('\n').slice(1).join('\n')).toMatchInlineSnapshot(`
    "! this is the map of an x86 machine: it has "System ROM"

              0x0  KK...................................................................................
       0xa4b00000  ...............
                   ... 1 GiB without memory
      0x100000000  .....................................................................................
      0x1a4b00000  .................................................................................
      one sign is 31 MiB

         what for            size  ranges
      .  usable           8.0 GiB       5
      K  running kernel  28.5 MiB       2
      #  firmware          68 KiB       2
         device             1 KiB       1

             from           to      size  what for        name
              0x0        0xfff     4 KiB  firmware        Reserved
           0x1000      0x9fbff   635 KiB  usable          System RAM
          0xf0000      0xfffff    64 KiB  firmware        System ROM
         0x100000     0xffffff    15 MiB  usable          System RAM
        0x1000000    0x2276f47  18.5 MiB  running kernel  Kernel code
        0x2276f48    0x23fffff   1.5 MiB  usable          System RAM
        0x2400000    0x2e0cfff  10.1 MiB  running kernel  Kernel data
        0x2e0d000   0xbfffffff   3.0 GiB  usable          System RAM
       0xfec00000   0xfec003ff     1 KiB  device          IOAPIC 0
      0x100000000  0x23fffffff     5 GiB  usable          System RAM

    The largest pieces that are free
         size         from           to
        5 GiB  0x100000000  0x23fffffff
      3.0 GiB    0x2e0d000   0xbfffffff
       15 MiB     0x100000     0xffffff
      1.5 MiB    0x2276f48    0x23fffff
      635 KiB       0x1000      0x9fbff
    "
  `);
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test('the picture leaves large holes out, and says so', async () => {
  const { out } = await kexeckit('memory', STINGRAY);
  expect(out).toMatch(/^ +0x80000000 +K[.-]+C+$/m);
  expect(out).toMatch(/\.\.\. 528 GiB without memory/);
});

test('as JSON: every range, and totals that add up to it', async () => {
  const { code, out } = await kexeckitHere(['memory', UEFI, '--json', '--fits', '64M']);
  const { ranges, roles, totals, holes, fits } = JSON.parse(out);
  expect(ranges).toHaveLength(159);
  expect(ranges[0]).toEqual({ start: '0x0', end: '0x3ffffff', bytes: 64 << 20, role: 'device', name: 'LNRO0015:00' });
  const sum = (all: { bytes: number }[]): number => all.reduce((bytes, each) => bytes + each.bytes, 0);
  expect(sum(roles)).toBe(sum(ranges));
  expect(totals).toEqual({
    ranges: 159,
    bytes: sum(ranges),
    holes: holes.length,
    freeBytes: sum(holes),
    fits: 1,
    missing: 0,
  });
  expect(sum(holes)).toBe(roles.find(({ role }: { role: string }) => role === 'usable').bytes);
  expect(fits).toMatchObject([
    { bytes: 64 << 20, fits: true, crashkernel: { regions: [{ kind: 'main' }], refusal: null } },
  ]);
  expect(code).toBe(0);
});

describe('rows of a table', () => {
  const rowsOf = (out: string): number =>
    out.split('\n').filter((line) => /^ +0x[0-9a-f]+ +0x[0-9a-f]+ +[\d.]+ \w/.test(line)).length;

  test('small neighbours are joined, and --all lists each', async () => {
    const few = (await kexeckitHere(['memory', UEFI])).out;
    const all = (await kexeckitHere(['memory', UEFI, '--all'])).out;
    expect(rowsOf(few)).toBeLessThanOrEqual(30);
    expect(few).toMatch(/small neighbours are joined: --all lists each/);
    expect(rowsOf(all)).toBe(159);
    expect(all).not.toMatch(/joined/);
  });
});

describe('what fits', () => {
  test('is told with its places', async () => {
    const { code, out } = await kexeckitHere(['memory', PI, '--lenient', '--fits', '512M']);
    expect(out).toMatch(
      /\+ 512 MiB at a multiple of 2 MiB: yes, from 0x40000000 to 0xd7000000\n +crashkernel= of that size takes 0xd7000000/,
    );
    expect(code).toBe(0);
  });

  test('what does not is told with what would, and has exit code 1', async () => {
    const { code, out, err } = await kexeckitHere(['memory', PI, '--lenient', '--fits', '64M,4G', '--below', '4G']);
    expect(out).toMatch(/\+ 64 MiB .*below 0x100000000: yes/);
    expect(out).toMatch(/x 4 GiB .*below 0x100000000: no; at most 2\.9 GiB would fit so/);
    expect(err).toBe('kexeckit: there is no room for 4 GiB in one piece\n');
    expect(code).toBe(1);
  });

  test('below an address, at a multiple', async () => {
    const { out } = await kexeckitHere([
      'memory',
      file('pc', PC),
      '--fits',
      '256M',
      '--align',
      '1G',
      '--below',
      '0x90000000',
      '--json',
    ]);
    expect(JSON.parse(out).fits).toMatchObject([
      { lowest: '0x40000000', highest: '0x80000000', largestBytes: 0x50000000 },
    ]);
  });
});

describe('maps as they come', () => {
  test('standard input', async () => {
    const { code, out } = await kexeckitReading(readFileSync(STINGRAY), 'memory', '-', '--json');
    expect(JSON.parse(out)).toMatchObject({ from: 'standard input' });
    expect(code).toBe(0);
  });

  test('of an x86 machine: it is said', async () => {
    expect((await kexeckitHere(['memory', file('pc', PC)])).out).toMatch(
      /! this is the map of an x86 machine: it has "System ROM"/,
    );
  });

  test('an excerpt: it is said', async () => {
    const { out } = await kexeckitHere(['memory', file('part', '40000000-7fffffff : System RAM\n')]);
    expect(out).toMatch(/! the running kernel is not listed, so lines are missing/);
  });

  test('without memory', async () => {
    const { code, out } = await kexeckitHere(['memory', file('none', '00001000-00001fff : uart\n')]);
    expect(out).toMatch(/no memory is listed/);
    expect(out).toMatch(/Nothing in it is free/);
    expect(code).toBe(0);
  });

  test('a pasted one, with --lenient: what was passed over is said apart', async () => {
    const pasted = file('pasted', `root@pi:~# cat /proc/iomem\n${PC}`);
    const { code, err } = await kexeckitHere(['memory', pasted, '--lenient']);
    expect(err).toMatch(/pasted: line 1, "root@pi:~# cat \/proc\/iomem": passed over/);
    expect(code).toBe(0);
  });
});

describe('trouble has exit code 2, and one line about it', () => {
  test.each<[name: string, args: string[], message: RegExp]>([
    [
      'a damaged map',
      [file('bad', '40000000-7fffffff : System RAM\n  4100zzzz-42000000 : Kernel code\n')],
      /bad: line 2: .*4100zzzz/,
    ],
    [
      'one that overlaps',
      [file('over', '40000000-7fffffff : System RAM\n50000000-8fffffff : b\n')],
      /over: line 2: overlaps or precedes "System RAM"/,
    ],
    [
      'one that hides its addresses',
      [file('zeros', '00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n')],
      /as root/,
    ],
    ['an empty one', [file('empty', '')], /empty/],
    ['none', [join(folder, 'nowhere')], /check the path/],
    ['something binary', [file('binary', new Uint8Array(4096).fill(0xee))], /line 1/],
    ['--align alone', [STINGRAY, '--align', '2M'], /--fits/],
    ['no size', [STINGRAY, '--fits', '64M,x'], /--fits cannot be 64M,x/],
    ['no power of two', [STINGRAY, '--fits', '64M', '--align', '3M'], /power of two/],
  ])('%s', async (_, args, message) => {
    await expectRefused(['memory', ...args], message);
    expect((await kexeckitHere(['memory', ...args])).err.trim().split('\n')).toHaveLength(1);
  });
});

test('a hundred thousand ranges are drawn', async () => {
  const lines = Array.from({ length: 100_000 }, (_, at) => {
    const start = 0x1_0000_0000 + at * 0x2000;
    return `${start.toString(16)}-${(start + 0xfff).toString(16)} : ${at % 2 ? 'reserved' : 'System RAM'}`;
  });
  const { code, out } = await kexeckitHere(['memory', file('many', `${lines.join('\n')}\n`)]);
  expect(out.split('\n').length).toBeLessThan(60);
  expect(code).toBe(0);
});
