import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateWorkload } from '@kexeckit/reboot';
import { debianFiles, whyNoDebianKernel } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { expectRefused, kexeckit, kexeckitHere, kexeckitReading, testFolder } from './kexeckit.ts';

const MIB = 2 ** 20;
const folder = testFolder();
const maps = join(import.meta.dirname, '../../../packages/ioport/fixtures/iomem');
const STINGRAY = join(maps, 'broadcom_stingray_bcm958742k.txt');

function file(path: string, contents: string | Uint8Array): string {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, contents);
  return whole;
}

const made = generateWorkload(3 * MIB, 5 * MIB, 1);
const kernel = file('Image', made.kernel);
const initrd = file('initrd.gz', made.initrd ?? new Uint8Array());
const files = ['--kernel', kernel, '--initrd', initrd];

const jsonOf = async (...args: string[]) => {
  const { code, out, err } = await kexeckitHere(['estimate', ...args, '--json']);
  return { code, err, estimate: JSON.parse(out) };
};

test('both regions, each summand, and what to write', async () => {
  const { code, out, err } = await kexeckit('estimate', ...files, '--memory', '8G');
  expect(out).toMatchInlineSnapshot(`
    "kexeckit estimate: 8 GiB of RAM (as it was given)

    A region for kernels that run where they are loaded: kexeckernel=
      what     loaded  in memory       at
      kernel    3 MiB      3 MiB  0 bytes
      initrd    5 MiB      5 MiB    3 MiB
      dtb     1.2 KiB      4 KiB    8 MiB
      It has two halves: a kernel runs in one, and loads the next into the other. At least 20 MiB, found by planning; 24 MiB with a boundary for each, and room for the largest device tree.
      Outside of it one page runs before the kernel does.
      where the region is: the kernel does not say its release: the rules of Linux 7.3 are a guess

    Memory for a crash kernel: crashkernel=
      what                      size                        by
      baseline by RAM        320 MiB  ====================  kdumpctl estimate: 2G-4G:256M,4G-64G:320M,64G-:576M
      = at least             320 MiB  ====================  the larger one
      kernel                   3 MiB  =                     its header: with its BSS
      modules                0 bytes                        none are counted: see --modules
      3 times the initramfs   15 MiB  =                     the file: packed, unpacked, and to unpack it
      to run                  16 MiB  =                     kdumpctl estimate
      = for this kernel       34 MiB  ===
      Recommended: 320 MiB

    not known: where it would land: that takes the machine's memory map; give it with --iomem

    For the command line:

    crashkernel=320M kexeckernel=24M
    "
  `);
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test('as JSON every summand is there in bytes, and they add up', async () => {
  const { estimate } = await jsonOf(...files, '--iomem', STINGRAY, '--modules', '30M', '--luks', '1G');
  const { baseline, needed, baselineBytes, neededBytes, recommendedBytes, decidedBy } = estimate.crash;
  const sum = (parts: { bytes: number }[]): number => parts.reduce((bytes, part) => bytes + part.bytes, 0);
  expect([sum(baseline), sum(needed)]).toEqual([baselineBytes, neededBytes]);
  expect(decidedBy).toBe('needed');
  expect(recommendedBytes).toBe(Math.ceil(neededBytes / MIB) * MIB);
  expect(needed).toContainEqual({ what: 'modules', bytes: 30 * MIB, source: 'as it was given' });
  expect(needed).toContainEqual({ what: 'unlocking the target', bytes: 2 ** 30, source: 'as it was given' });
  expect(needed[2]).toMatchObject({ what: '3 times the initramfs', bytes: 3 * (made.initrd?.length ?? 0) });
  expect(estimate.kexec.segments.map(({ name }: { name: string }) => name)).toEqual(['kernel', 'initrd', 'dtb']);
  expect(estimate.reservedBytes).toEqual({ crashkernel: 512 * MIB, kexeckernel: 0 });
});

describe('what is to be written is read without a finding, and has its place', () => {
  test.each(readdirSync(maps))('%s', async (name) => {
    const map = ['--iomem', join(maps, name), '--lenient'];
    const { code, estimate } = await jsonOf(...files, ...map);
    expect(code).toBe(0);
    const { out, code: explained } = await kexeckitHere(['explain', estimate.cmdline, ...map, '--json']);
    const { parameters, mended, mistakes } = JSON.parse(out);
    expect({ explained, mistakes, mended }).toEqual({ explained: 0, mistakes: 0, mended: estimate.cmdline });
    expect(parameters.flatMap(({ findings }: { findings: unknown[] }) => findings)).toEqual([]);
    expect(parameters.map(({ reserves }: { reserves: { bytes: number } }) => reserves.bytes)).toEqual([
      estimate.crash.recommendedBytes,
      estimate.kexec.recommendedBytes,
    ]);
  });

  test('a region of the size that is told holds a load, and the next one', async () => {
    const small = generateWorkload(MIB, MIB, 1);
    const both = [
      '--kernel',
      file('small', small.kernel),
      '--initrd',
      file('small.gz', small.initrd ?? new Uint8Array()),
    ];
    const { estimate } = await jsonOf(...both, '--iomem', STINGRAY);
    const reserve = `${estimate.kexec.leastBytes / 1024}K`;
    const args = ['reboot', '--strategy', 'reserved', '--iomem', STINGRAY, ...both, '--generations', '2'];
    expect((await kexeckitHere([...args, '--reserve', reserve, '--json'])).code).toBe(0);
  });
});

describe('a machine', () => {
  test('with too little reserved is warned of', async () => {
    const map = file(
      'low',
      '40000000-ffffffff : System RAM\n  40210000-415fffff : Kernel code\n  41600000-41cfffff : Kernel data\n  f0000000-f3ffffff : Crash kernel\n100000000-1ffffffff : System RAM\n',
    );
    const { code, out } = await kexeckitHere(['estimate', ...files, '--iomem', map]);
    expect(out).toMatch(/! crashkernel= has reserved 64 MiB on this machine, and 320 MiB are wanted/);
    expect(out).toMatch(/! Reserved on this machine: 64 MiB, less than that/);
    expect(code).toBe(0);
  });

  test('without room has exit code 1, and is told what fits', async () => {
    const map = file(
      'tiny',
      '40000000-42ffffff : System RAM\n  40210000-415fffff : Kernel code\n  41600000-41cfffff : Kernel data\n',
    );
    const { code, out, err } = await kexeckitHere(['estimate', ...files, '--iomem', map]);
    expect(out).toMatch(/x it would find no place|error|reserves nothing|no load can be planned/);
    expect(out).toMatch(/no load can be planned/);
    expect(err).toMatch(/not all of it finds a place/);
    expect(code).toBe(1);
  });

  test('whose RAM alone is known has no places', async () => {
    const { estimate } = await jsonOf(...files, '--memory', '100G');
    expect(estimate.crash.baselineBytes).toBe(576 * MIB);
    expect(estimate.explanation.unknown[0]).toMatch(/where it would land/);
    expect(estimate).not.toHaveProperty('reservedBytes');
  });

  test('with an SMMU, mlx5, and by its own kernel', async () => {
    const { estimate } = await jsonOf(...files, '--memory', '8G', '--mlx5', '--smmu', '--release', '5.10.223');
    // The SMMU takes memory with pages of 64K alone.
    expect(estimate.crash.baselineBytes).toBe((320 + 150) * MIB);
    expect(estimate.explanation.kernel.rules).toBe('5.10');
    const large = await jsonOf(...files, '--memory', '8G', '--smmu', '--page-size', '64K');
    expect(large.estimate.crash.baselineBytes).toBe((320 + 100 + 384) * MIB);
  });
});

test('without a kernel file, that of the map counts', async () => {
  const { estimate, code } = await jsonOf('--iomem', STINGRAY, '--initrd', initrd);
  expect(estimate).not.toHaveProperty('kexec');
  expect(estimate.cmdline).toBe('crashkernel=320M');
  expect(estimate.crash.needed[0]).toMatchObject({ source: 'the running kernel in the map' });
  expect(estimate.crash.needed[0].bytes).toBeGreaterThan(10 * MIB);
  expect(code).toBe(0);
});

test('a kernel from standard input', async () => {
  const { code, out } = await kexeckitReading(made.kernel, 'estimate', '--kernel', '-', '--memory', '4G', '--json');
  expect(JSON.parse(out).kexec.segments[0]).toMatchObject({ name: 'kernel', loadedBytes: made.kernel.length });
  expect(code).toBe(0);
});

test('the modules of this host', async ({ skip }) => {
  if (process.platform !== 'linux') skip('there is no /proc/modules');
  const { estimate } = await jsonOf(...files, '--memory', '8G', '--modules', 'auto');
  expect(estimate.crash.needed[1]).toMatchObject({
    what: 'modules',
    source: expect.stringMatching(
      /^\/proc\/modules: all that are loaded here$|^no \/proc\/modules: this kernel loads none$/,
    ),
  });
});

test("Debian's kernel", async ({ skip }) => {
  const why = whyNoDebianKernel();
  if (why !== undefined) skip(why);
  const { estimate } = await jsonOf('--kernel', debianFiles.kernel, '--initrd', debianFiles.initrd, '--memory', '8G');
  const [image] = estimate.kexec.segments;
  expect(image.memoryBytes).toBeGreaterThan(image.loadedBytes);
  expect(estimate.kexec.leastBytes).toBeGreaterThan(2 * (image.memoryBytes + 38 * MIB));
});

describe('trouble has exit code 2', () => {
  test.each<[name: string, args: string[], message: RegExp]>([
    ['no kernel', ['--kernel', '/nowhere'], /--kernel \/nowhere/],
    ['an empty one', ['--kernel', file('empty', '')], /is empty/],
    ['RAM twice', [...files, '--memory', '8G', '--iomem', STINGRAY], /--memory and --iomem/],
    [
      'a map of a PC',
      [...files, '--iomem', file('pc', '00100000-3fffffff : System RAM\nfee00000-fee00fff : Local APIC\n')],
      /x86 machine/,
    ],
    ['no size', [...files, '--luks', 'much'], /--luks cannot be much/],
    ['no kernel and no map', ['--memory', '8G'], /give one with --kernel/],
  ])('%s', async (_, args, message) => {
    await expectRefused(['estimate', ...args], message);
  });

  test('standard input twice', async () => {
    const { code, err } = await kexeckitReading(made.kernel, 'estimate', '--kernel', '-', '--initrd', '-');
    expect(err).toMatch(/--kernel is standard input, which --initrd has read/);
    expect(code).toBe(2);
  });

  test('what is no kernel', async () => {
    const text = file('text', 'hello\n'.repeat(100));
    const { code, out, err } = await kexeckitHere(['estimate', '--kernel', text, '--memory', '8G']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/ENOEXEC: .*text/);
  });
});
