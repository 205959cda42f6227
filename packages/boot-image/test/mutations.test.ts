import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BootImageError } from '../src/error.ts';
import { kernelRelease, recognise, recogniseInitramfs, unpack } from '../src/index.ts';
import { fitImage, makeAndroid, makeCpio, makeFit, makeUImage, multiData } from '../src/testing/containers.ts';
import { fixture } from '../src/testing/fixtures.ts';
import { concat, makeElf, makeImage, makePe, makeZboot, withFields } from '../src/testing/make.ts';
import { mutated, Random } from './mutate.ts';
import { stub, toolOf, Workshop, whyNoTools, whyNot } from './workshop.ts';

/** By hand: KEXECKIT_FUZZ=100000 npm test -- packages/boot-image/test/mutations */
const asked = Number(process.env.KEXECKIT_FUZZ ?? 0);
const [first, count] = asked > 0 ? [Number(process.env.KEXECKIT_FUZZ_FROM ?? 1), asked] : [1, 1500];

/** More than any of the files holds, and less than would be noticed if it was taken for good. */
const MAX_SIZE = 4 << 20;

/** One file of every kind, as small as it can be. */
function files(): Uint8Array[] {
  const workshop = new Workshop();
  const image = makeImage(20_000);
  const [initrd, dtb] = [makeCpio(), makeFit({ compatible: 'a,board' })];
  const programs = [
    'gzip -9',
    'zstd -3',
    'cat | zstd -19',
    'xz --check=crc32',
    'lz4 -9',
    'lz4 -l -9',
    'xz --format=lzma',
    'bzip2',
    'pzstd -p 2',
  ];
  try {
    workshop.put('Image', image);
    const here = programs.filter(
      (line) => whyNot(line.split(' ').find((word) => /zip|zst|xz|lz4|bz/.test(word)) ?? '') === undefined,
    );
    const packed = here.map((line) => workshop.shell(`cat Image | ${line}`));
    const gzip = new Uint8Array(gzipSync(image));
    const zboot = (name: string, payload: Uint8Array) =>
      makeZboot(name, payload, withFields(new Uint8Array(4), [0, 4, 20_000]));
    const fit = (kernel: Uint8Array, compression: string) =>
      makeFit({
        images: {
          kernel: fitImage('kernel', kernel, { compression }),
          initrd: fitImage('ramdisk', initrd),
          dtb: fitImage('flat_dt', dtb),
        },
        configurations: { default: 'a', a: { kernel: 'kernel', ramdisk: 'initrd', fdt: 'dtb' } },
      });
    return [
      ...[image, initrd, dtb, ...packed, concat(initrd, new Uint8Array(512), gzip)],
      ...[...packed.entries()].map(([index, payload]) =>
        zboot(['gzip', 'zstd', 'zstd22', 'xzkern', 'lz4', 'lz4', 'lzma', 'bzip2', 'zstd'][index] ?? '', payload),
      ),
      makePe(0xaa64, [
        { name: '.cmdline', bytes: new TextEncoder().encode('quiet') },
        { name: '.linux', bytes: zboot('gzip', gzip) },
        { name: '.initrd', bytes: initrd },
        { name: '.dtb', bytes: dtb },
      ]),
      ...[fit(image, 'none'), fit(gzip, 'gzip'), makeUImage(gzip, { compression: 1 })],
      makeUImage(multiData(image, initrd, dtb), { type: 4 }),
      ...[0, 1, 2, 3, 4].map((version) => makeAndroid(version, gzip, { initrd, dtb, cmdline: 'quiet' })),
      makeElf([
        { physical: 0n, bytes: image.subarray(0, 9000) },
        { physical: 0x3000n, bytes: image.subarray(9000) },
      ]),
      fixture('Image-stream.zst'),
      ...initramfs(workshop, initrd),
      ...(asked > 0 && whyNoTools() === undefined ? madeByTools(workshop, dtb) : []),
    ];
  } finally {
    workshop.remove();
  }
}

/** Compressed initramfs, small as they are. */
function initramfs(workshop: Workshop, initrd: Uint8Array): Uint8Array[] {
  workshop.put('initrd', initrd);
  const programs = ['gzip', 'zstd', 'xz', 'lz4'].filter((program) => whyNot(program) === undefined);
  return programs.map((program) => workshop.shell(`${program} ${program === 'lz4' ? '-l' : ''} -c < initrd`));
}

const ITS = `/dts-v1/; / { description = "x"; #address-cells = <1>; images {
  k { data = /incbin/("Image"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "none"; load = <0x80000>;
    entry = <0x80000>; hash-1 { algo = "crc32"; }; hash-2 { algo = "sha256"; }; };
  z { data = /incbin/("Image.gz"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "gzip"; load = <0x80000>;
    entry = <0x80000>; hash-1 { algo = "crc32"; }; };
  d { data = /incbin/("dtb"); type = "flat_dt"; arch = "arm64"; compression = "none"; hash-1 { algo = "md5"; }; };
  r { data = /incbin/("initrd"); type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none"; hash-1 { algo = "sha1"; }; };
}; configurations { default = "a"; a { kernel = "k"; fdt = "d"; ramdisk = "r"; }; b { kernel = "z"; fdt = "d", "d"; }; }; };`;

/** What the programs make that take a second for each: only where many files are tried. */
function madeByTools(workshop: Workshop, dtb: Uint8Array): Uint8Array[] {
  workshop.put('dtb', dtb);
  workshop.put('fit.its', ITS);
  workshop.shell('gzip -c Image > Image.gz');
  const mkimage = toolOf('uboot-tools', 'mkimage');
  const made: Uint8Array[] = [];
  const make = (program: string, args: readonly string[], name = 'made'): void => {
    workshop.run(program, args);
    made.push(workshop.get(name));
  };
  for (const options of [[], ['-E'], ['-E', '-p', '0x8000']]) make(mkimage, [...options, '-f', 'fit.its', 'made']);
  const uImage = ['-A', 'arm64', '-O', 'linux', '-a', '80000', '-e', '80000', '-n', 'x'];
  make(mkimage, [...uImage, '-T', 'kernel', '-C', 'gzip', '-d', 'Image.gz', 'made']);
  make(mkimage, [...uImage, '-T', 'multi', '-C', 'none', '-d', 'Image:initrd:dtb', 'made']);
  const android = [toolOf('image-tools', 'mkbootimg'), '--kernel', 'Image.gz', '--ramdisk', 'initrd', '--cmdline', 'x'];
  for (const version of ['0', '1', '2', '3', '4']) {
    const tree = version === '2' ? ['--dtb', 'dtb'] : [];
    make('python3', [...android, '--header_version', version, ...tree, '-o', 'made']);
  }
  const uki = [
    toolOf('image-tools', 'ukify'),
    'build',
    '--efi-arch',
    'aa64',
    '--stub',
    stub('linux'),
    '--uname',
    '6.1',
  ];
  make('python3', [
    ...uki,
    '--linux',
    'Image',
    '--initrd',
    'initrd',
    '--cmdline',
    'x',
    '--devicetree',
    'dtb',
    '--output',
    'made',
  ]);
  make('sh', ['-c', 'lzop -c < Image > made']);
  return made;
}

/** What becomes of an input: a code of ours, or nothing where it is right. Anything else fails the test. */
async function answerTo(act: () => unknown): Promise<string> {
  try {
    await act();
    return 'right';
  } catch (error) {
    if (error instanceof BootImageError && error.message !== '' && error.hint !== '') return error.code;
    throw error;
  }
}

test(`${count} damaged files of every kind are unpacked, or refused with an error that says what to do`, {
  timeout: 0,
}, async () => {
  const all = files();
  const answers = new Map<string, number>();
  let slowest = { milliseconds: 0, seed: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const random = new Random(seed);
    const bytes = mutated(random.pick(all), all, random);
    const before = performance.now();
    expect(recognise(bytes).detail).not.toBe('');
    const answer = await answerTo(() => unpack(bytes, { maxSize: MAX_SIZE }));
    await answerTo(() => recogniseInitramfs(bytes));
    kernelRelease(bytes);
    const milliseconds = performance.now() - before;
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, seed };
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
  if (asked > 0) console.info(answers, slowest, `${process.resourceUsage().maxRSS >> 10} MiB at most`);
  // Both ends are met: files that are still right, and most ways to be wrong.
  expect(answers.size).toBeGreaterThan(5);
});
