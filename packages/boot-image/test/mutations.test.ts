import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BootImageError } from '../src/error.ts';
import { kernelRelease, recognise, recogniseInitramfs, unpack } from '../src/index.ts';
import { fitImage, makeAndroid, makeCpio, makeFit, makeUImage, multiData } from '../src/testing/containers.ts';
import { fixture } from '../src/testing/fixtures.ts';
import { concat, makeElf, makeImage, makePe, makeZboot, withFields } from '../src/testing/make.ts';
import { mutated, Random } from './mutate.ts';
import { Workshop, whyNot } from './workshop.ts';

/** By hand: KEXECKIT_FUZZ=100000 npm test -- packages/boot-image/test/mutations */
const asked = Number(process.env.KEXECKIT_FUZZ ?? 0);
const [first, count] = asked > 0 ? [Number(process.env.KEXECKIT_FUZZ_FROM ?? 1), asked] : [1, 2000];

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
  ];
  try {
    workshop.put('Image', image);
    const here = programs.filter(
      (line) => whyNot(line.split(' ').find((word) => /zip|zst|xz|lz4/.test(word)) ?? '') === undefined,
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
        zboot(['gzip', 'zstd', 'zstd22', 'xzkern', 'lz4', 'lz4', 'lzma'][index] ?? '', payload),
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
    ];
  } finally {
    workshop.remove();
  }
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
