import * as zlib from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { BootImageError } from './error.ts';
import { encodeImageHeader, parseImageHeader } from './image/header.ts';
import { recogniseInitramfs } from './recognise/initramfs.ts';
import { makeFit, makeUImage } from './testing/containers.ts';
import { firstDifference } from './testing/equal.ts';
import { thrownBy } from './testing/errors.ts';
import { fixture } from './testing/fixtures.ts';
import { concat, makeElf, makeImage, makePe, makeZboot, noise, withFields, withText } from './testing/make.ts';
import { unpack } from './unpack.ts';

const gzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(zlib.gzipSync(bytes));
const image = makeImage();

/** An Image with an EFI stub: the header's PE offset leads to a PE header whose one section ends with the file. */
function makeEfiImage(): Uint8Array {
  const pe = makePe(0xaa64, [{ name: '.text', bytes: noise(5000) }]);
  const bytes = concat(pe, new Uint8Array(0));
  bytes.set(encodeImageHeader({ imageSize: 0x10000n, code0: 0x91005a4d, peOffset: 64 }));
  return bytes;
}

describe('an Image comes out of', () => {
  test.each<[string, Uint8Array, string, string[]]>([
    ['an Image', image, 'Image', []],
    ['Image.gz', fixture('Image.gz'), 'Image.gz', ['undid gzip: 300000 bytes']],
    ['Image.zst', fixture('Image.zst'), 'zstd', ['undid zstd: 300000 bytes']],
    [
      'Image.gz with a device tree behind it, as Android has it',
      concat(fixture('Image.gz'), makeFit({ model: 'x' })),
      'Image.gz',
      [
        'undid gzip: 300000 bytes',
        `left out ${makeFit({ model: 'x' }).length} bytes after the gzip data (a device tree)`,
      ],
    ],
    [
      'zboot with gzip',
      makeZboot('gzip', fixture('Image.gz')),
      'zboot',
      [`found ${fixture('Image.gz').length} bytes of gzip data in the zboot file`, 'undid gzip'],
    ],
    [
      'zboot with zstd and the length behind it',
      makeZboot('zstd', fixture('Image-stream.zst'), Uint8Array.of(0xe0, 0x93, 4, 0)),
      'zboot',
      [`found ${fixture('Image-stream.zst').length} bytes of zstd data in the zboot file`, 'undid zstd'],
    ],
    [
      'zboot with zstd as the build names it',
      makeZboot('zstd22', fixture('Image-stream.zst'), Uint8Array.of(0xe0, 0x93, 4, 0)),
      'zboot',
      [`found ${fixture('Image-stream.zst').length} bytes of zstd22 data in the zboot file`, 'undid zstd22'],
    ],
    [
      'a unified kernel image',
      makePe(0xaa64, [
        { name: '.cmdline', bytes: noise(20) },
        { name: '.linux', bytes: image, padding: 96 },
        { name: '.initrd', bytes: noise(500) },
      ]),
      'PE',
      ['took 300000 bytes from the .linux section of a unified kernel image'],
    ],
    [
      'vmlinux',
      makeElf([
        { physical: 0xffff800080000000n, bytes: image.subarray(0, 0x10000) },
        { physical: 0xffff800080010000n, bytes: image.subarray(0x10000), memorySize: 0x80000n },
      ]),
      'vmlinux',
      ['laid the segments of vmlinux out: 300000 bytes'],
    ],
    [
      'vmlinux.gz',
      gzip(makeElf([{ physical: 0n, bytes: image }])),
      'Image.gz',
      ['undid gzip: 300120 bytes', 'laid the segments of vmlinux out: 300000 bytes'],
    ],
    [
      'a partition with zeros after the kernel',
      concat(makeImage(300_000, { imageSize: 300_000n }), new Uint8Array(7)),
      'Image',
      ['left out 7 bytes after the end of the Image'],
    ],
  ])('%s', async (_, bytes, format, steps) => {
    const before = bytes.slice();
    const result = await unpack(bytes);
    expect(result.format).toBe(format);
    expect(result.steps).toEqual(steps);
    // Headers differ where a test gave another size.
    expect(result.image.length).toBe(image.length);
    expect(firstDifference(result.image.subarray(64), image.subarray(64))).toBe(-1);
    expect(parseImageHeader(result.image).imageSize).toBeGreaterThanOrEqual(300_000n);
    expect(firstDifference(bytes, before)).toBe(-1);
  });

  test('an Image with an EFI stub, whole and signed', async () => {
    const efi = makeEfiImage();
    expect(await unpack(efi)).toEqual({ image: efi, format: 'Image', steps: [], parts: {} });
    const signed = concat(efi, noise(100));
    expect((await unpack(signed)).image).toEqual(signed);
  });
});

test('the bytes of a Node Buffer are left as they are, too', async () => {
  const stream = fixture('Image-stream.zst');
  const files = [stream, makeZboot('zstd22', stream), makeUImage(image), makeUImage(stream, { compression: 6 })];
  for (const file of [...files, fixture('head.xz'), fixture('Image.gz'), image]) {
    const buffer = Buffer.from(file);
    await unpack(buffer).catch(() => {});
    await recogniseInitramfs(buffer).catch(() => {});
    expect(firstDifference(buffer, file)).toBe(-1);
  }
});

describe('refused, with advice', () => {
  const x86 = withFields(withText(withText(new Uint8Array(2048), 0, 'MZ'), 514, 'HdrS'), [510, 2, 0xaa55]);
  const deep = gzip(gzip(gzip(gzip(gzip(image)))));
  test.each<[string, Uint8Array, string, string]>([
    ['an x86 kernel', x86, 'ENOEXEC', 'this is an x86 bzImage; kexec on arm64 needs an arm64 Image'],
    ['an x86 kernel in gzip', gzip(x86), 'ENOEXEC', 'no arm64 kernel (undid gzip: 2048 bytes): this is an x86 bzImage'],
    ['an initramfs in gzip', gzip(withText(new Uint8Array(200), 0, '070701')), 'ENOEXEC', 'an initramfs, not a kernel'],
    ['GRUB', makePe(0xaa64, [{ name: '.text', bytes: noise(9) }]), 'ENOEXEC', 'an EFI program without a kernel in it'],
    [
      'a UKI for x86',
      makePe(0x8664, [{ name: '.linux', bytes: x86 }]),
      'ENOEXEC',
      'a unified kernel image (UKI) for x86-64',
    ],
    ['an x86 vmlinux', makeElf([], 0x3e), 'ENOEXEC', 'for x86-64'],
    [
      'an arm64 program',
      makeElf([{ physical: 0x400000n, bytes: noise(500) }]),
      'ENOEXEC',
      'does not begin with an Image header',
    ],
    ['an object file', makeElf([]), 'EINVAL', 'no loadable segment'],
    ['five layers', deep, 'ENOEXEC', 'yet another layer'],
    ['nothing', new Uint8Array(0), 'ENOEXEC', 'an empty file'],
    ['lzma', fixture('head.lzma'), 'EOPNOTSUPP', 'xz --format=lzma -dc FILE > Image'],
    ['bzip2', fixture('head.bz2'), 'EOPNOTSUPP', 'bzip2 -dc FILE > Image'],
    ['zboot with lzo', makeZboot('lzo', noise(70)), 'EOPNOTSUPP', 'tail -c +129 FILE | head -c 70 | lzop -dc > Image'],
    ['zboot with what comes next', makeZboot('brotli', noise(70)), 'EOPNOTSUPP', 'cannot undo brotli compression'],
    [
      'zboot with another size behind it',
      makeZboot('zstd', fixture('Image-stream.zst'), Uint8Array.of(0xe1, 0x93, 4, 0)),
      'EBADMSG',
      'a kernel of 300000 bytes, and says 300001',
    ],
    ['zboot cut short', makeZboot('gzip', fixture('Image.gz')).subarray(0, 5000), 'ENODATA', 'its payload ends at'],
    ['zboot cut in its header', makeZboot('gzip', noise(9)).subarray(0, 40), 'ENODATA', 'its payload ends at 64'],
    ['zboot whose payload is not what it says', makeZboot('gzip', noise(100)), 'EBADMSG', 'incorrect header'],
    ['Image.gz cut short', fixture('Image.gz').subarray(0, 5000), 'ENODATA', 'ends too early'],
    ['Image.zst cut short', fixture('Image.zst').subarray(0, 5000), 'ENODATA', 'ends too early'],
    ['an Image cut short', makeEfiImage().subarray(0, 5000), 'ENODATA', 'its PE header promises 5128'],
    ['an Image cut short in its section table', makeEfiImage().subarray(0, 100), 'ENODATA', 'promises 128'],
    ['an Image cut short in its PE header', makeEfiImage().subarray(0, 70), 'ENODATA', 'promises 88'],
    [
      'a UKI cut short',
      makePe(0xaa64, [{ name: '.linux', bytes: image }]).subarray(0, 5000),
      'ENODATA',
      'its .linux section ends at 300128',
    ],
  ])('%s', async (_, bytes, code, text) => {
    const error = await thrownBy(() => unpack(bytes));
    expect(error.code).toBe(code);
    expect(`${error.message}; ${error.hint}`).toContain(text);
    expect(error.hint).toMatch(/^[^A-Z].*[^.]$/);
    expect(error.message).not.toContain(error.hint);
  });

  test('the first bytes of an Image with an EFI stub: the header promises more', async () => {
    const efi = makeEfiImage();
    for (let size = 64; size <= 300; size++)
      expect((await thrownBy(() => unpack(efi.subarray(0, size)))).code).toBe('ENODATA');
  });

  test.each<[string, Uint8Array, string]>([
    ['PE sections beyond image_size', withFields(makeEfiImage(), [16, 8, 4096]), 'the PE section .text ends at 5128'],
    [
      'PE sections beyond it in memory',
      withFields(makeEfiImage(), [96, 4, 0x10001]),
      'the PE section .text ends at 65537',
    ],
    ['no image_size with a large file', makeImage((16 << 20) + 1, { imageSize: 0n }), 'image_size is 0'],
    ['an image_size below the header', makeImage(4096, { imageSize: 63n }), 'the header alone has 64 bytes'],
    ['an image_size below the first instruction', makeImage(4096, { imageSize: 64n }), 'the header jumps to byte 64'],
    [
      'the same, by the second word, behind MZ',
      makeImage(4096, { imageSize: 0x2000n, code0: 0xfa405a4d, code1: 0x14000800 }),
      'the header jumps to byte 8196',
    ],
    ['a jump to before the image', makeImage(4096, { code0: 0x17ffffff }), 'the header jumps to byte -4'],
    ['a text_offset that no memory has', makeImage(4096, { textOffset: (1n << 64n) - 0x1000n }), 'within 48 bits'],
    ['a text_offset within a page', makeImage(4096, { textOffset: 0x123n }), 'text_offset is 0x123'],
  ])('a header that contradicts itself or the file: %s', async (_, bytes, text) => {
    const error = await thrownBy(() => unpack(bytes));
    expect(error.code).toBe('EINVAL');
    expect(error.message).toContain(text);
  });

  test('an Image that is cut before its first instruction, with an EFI stub or without', async () => {
    const far = makeImage(0x3000, { code0: 0x14000800 });
    expect((await unpack(far)).image).toHaveLength(0x3000);
    for (const size of [64, 65, 4096, 0x2000])
      expect(await thrownBy(() => unpack(far.subarray(0, size)))).toMatchObject({ code: 'ENODATA', offset: size });
  });

  test('no image_size with a file that fits is a kernel from before Linux 3.17', async () => {
    expect((await unpack(makeImage(4096, { imageSize: 0n }))).image).toHaveLength(4096);
  });

  test('more than maxSize, in every layer', async () => {
    for (const bytes of [fixture('Image.gz'), fixture('Image.zst'), makeElf([{ physical: 0n, bytes: image }])]) {
      expect(await thrownBy(() => unpack(bytes, { maxSize: 299_999 }))).toMatchObject({
        code: 'EFBIG',
        value: 299_999,
      });
      expect(firstDifference((await unpack(bytes, { maxSize: 300_000 })).image, image)).toBe(-1);
    }
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('maxSize %s', async (maxSize) => {
    expect((await thrownBy(() => unpack(image, { maxSize }))).code).toBe('EINVAL');
  });
});

test('damaged bytes give an Image or a BootImageError, never another failure', async () => {
  const small = makeImage(2000);
  const inputs = [
    gzip(small),
    makeZboot('gzip', gzip(small)),
    makeZboot('zstd', fixture('Image-nocheck.zst')),
    makeElf([{ physical: 0n, bytes: small }]),
    makePe(0xaa64, [{ name: '.linux', bytes: small }]),
    makeEfiImage(),
  ];
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...inputs),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(), { nil: undefined, freq: 3 }),
      async (input, changes, cut) => {
        const bytes = input.slice(0, cut === undefined ? input.length : cut % input.length);
        for (const [at, byte] of changes) bytes[at % Math.max(bytes.length, 1)] = byte;
        try {
          await unpack(bytes, { maxSize: 1 << 22 });
        } catch (error) {
          if (!(error instanceof BootImageError)) throw error;
          refused++;
        }
      },
    ),
    { seed: 8, numRuns: 600 },
  );
  expect(refused).toBeGreaterThan(0);
});

describe('between pieces of data others have their turn, and may end the work', () => {
  const large = gzip(concat(image, noise(1 << 20)));

  test.each<[string, Uint8Array]>([
    ['gzip, as the platform undoes it', large],
    ['gzip with something behind it', concat(large, Uint8Array.of(1, 2, 3))],
    ['zstd', fixture('Image.zst')],
    ['xz', fixture('head.xz')],
    ['lz4', fixture('head.lz4')],
  ])('%s', async (_, bytes) => {
    // Each look at the clock takes a second.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 1000;
      return now;
    });
    const abort = new AbortController();
    const reason = new Error('enough');
    const steps: { done: number; total: number }[] = [];
    const onProgress = (step: { done: number; total: number }): void => {
      steps.push(step);
      setTimeout(() => abort.abort(reason), 0);
    };
    await expect(unpack(bytes, { signal: abort.signal, onProgress })).rejects.toBe(reason);
    expect(steps).toHaveLength(1);
    expect(steps.filter(({ done, total }) => done <= total)).toHaveLength(1);
    vi.restoreAllMocks();
  });
});
