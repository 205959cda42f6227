import { describe, expect, test } from 'vitest';
import {
  fitImage,
  makeAndroid,
  makeCpio,
  makeFit,
  makeUImage,
  multiData,
  type NodeFields,
} from '../testing/containers.ts';
import { firstDifference } from '../testing/equal.ts';
import { thrownBy } from '../testing/errors.ts';
import { fixture } from '../testing/fixtures.ts';
import { concat, makeImage, makePe, noise } from '../testing/make.ts';
import { unpack } from '../unpack.ts';

const image = makeImage();
const initrd = makeCpio();
const dtb = makeFit({ compatible: 'a,board' });
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A FIT image of a kernel, an initramfs and a tree. */
function fit(kernel: NodeFields, more: NodeFields = {}): Uint8Array {
  return makeFit({
    images: {
      kernel,
      initrd: fitImage('ramdisk', initrd),
      dtb: fitImage('flat_dt', dtb),
      other: fitImage('kernel', noise(9)),
    },
    configurations: { default: 'b', a: { kernel: 'other' }, b: { kernel: 'kernel', ramdisk: 'initrd', fdt: 'dtb' } },
    ...more,
  });
}

describe('kernel and parts come out of', () => {
  const gzip = new Uint8Array(fixture('Image.gz'));
  const all = { initrd, dtb };
  test.each<[string, Uint8Array, object]>([
    [
      'a unified kernel image',
      makePe(0xaa64, [
        { name: '.cmdline', bytes: text('console=ttyAMA0 quiet\n\0') },
        { name: '.uname', bytes: text('6.12.1-arm64') },
        { name: '.linux', bytes: image },
        { name: '.dtb', bytes: dtb },
        { name: '.initrd', bytes: initrd },
      ]),
      { ...all, cmdline: 'console=ttyAMA0 quiet', release: '6.12.1-arm64' },
    ],
    ['a FIT image', fit(fitImage('kernel', image)), all],
    ['a FIT image with gzip', fit(fitImage('kernel', gzip, { compression: 'gzip' })), all],
    [
      'a FIT image without configurations',
      makeFit({ images: { dtb: fitImage('flat_dt', dtb), k: fitImage('kernel', image) } }),
      {},
    ],
    ['a uImage', makeUImage(image), {}],
    ['a uImage with gzip', makeUImage(gzip, { compression: 1 }), {}],
    ['a uImage of several files', makeUImage(multiData(image, initrd, dtb), { type: 4 }), all],
    [
      'Android 0',
      makeAndroid(0, image, { initrd, cmdline: `quiet ${'x'.repeat(600)}` }),
      { initrd, cmdline: `quiet ${'x'.repeat(600)}` },
    ],
    ['Android 2', makeAndroid(2, gzip, { initrd, dtb, cmdline: 'quiet' }), { ...all, cmdline: 'quiet' }],
    ['Android 3', makeAndroid(3, image, { initrd, cmdline: 'quiet' }), { initrd, cmdline: 'quiet' }],
    ['Android 4, with the tree behind the kernel', makeAndroid(4, concat(gzip, dtb)), { dtb }],
  ])('%s', async (_, file, parts) => {
    const unpacked = await unpack(file);
    expect(firstDifference(unpacked.image, image)).toBe(-1);
    expect(unpacked.parts).toEqual(parts);
  });
});

test('a kernel in a FIT image stands in memory once', async () => {
  const file = fit(fitImage('kernel', image));
  expect((await unpack(file)).image.buffer).toBe(file.buffer);
});

describe('a hash or checksum that does not fit is EBADMSG', () => {
  test.each([1, 2, 3, 4, 5, 6])('of a kernel in a FIT image: hash %i alone', async (index) => {
    const kernel = fitImage('kernel', image);
    const wrong = noise(4);
    const algo = ['crc32', 'md5', 'sha1', 'sha256', 'sha384', 'sha512'][index - 1] ?? '';
    const error = await thrownBy(() => unpack(fit({ ...kernel, [`hash-${index}`]: { algo, value: wrong } })));
    expect(error).toMatchObject({ code: 'EBADMSG' });
    expect(error.message).toContain(`the ${algo} of kernel`);
  });

  test('of an initramfs in a FIT image, and of each part of a uImage', async () => {
    const damaged = { ...fitImage('ramdisk', initrd), data: noise(initrd.length) };
    const images = { kernel: fitImage('kernel', image), initrd: damaged };
    const file = makeFit({ images, configurations: { a: { kernel: 'kernel', ramdisk: 'initrd' } } });
    expect((await thrownBy(() => unpack(file))).code).toBe('EBADMSG');
    for (const at of [9, 40, 64, 70_000]) {
      const changed = makeUImage(image);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect((await thrownBy(() => unpack(changed))).code).toBe('EBADMSG');
    }
  });
});

describe('refused', () => {
  const kernel = fitImage('kernel', image);
  test.each<[string, Uint8Array, string, string]>([
    ['a FIT image without a kernel', makeFit({ images: {} }), 'ENOEXEC', 'names no kernel'],
    ['a FIT image for another machine', fit({ ...kernel, arch: 'arm' }), 'ENOEXEC', 'for arm'],
    ['a FIT image that is cut', fit(kernel).subarray(0, 5000), 'ENODATA', 'ends too early'],
    ['a FIT image without data', fit({ type: 'kernel', arch: 'arm64' }), 'EBADMSG', 'no data'],
    [
      'a FIT image with data elsewhere',
      fit({ type: 'kernel', 'data-size': 99, 'data-offset': 0 }),
      'ENODATA',
      'ends at',
    ],
    ['a FIT image with lzma', fit(fitImage('kernel', noise(99), { compression: 'lzma' })), 'EOPNOTSUPP', 'tail -c'],
    ['a plain tree', dtb, 'ENOEXEC', 'the device tree of a machine'],
    ['a uImage that is cut', makeUImage(image).subarray(0, 5000), 'ENODATA', 'needs'],
    ['a uImage that is cut in its header', makeUImage(image).subarray(0, 50), 'ENODATA', 'needs 64'],
    ['a uImage of an initramfs', makeUImage(initrd, { type: 3 }), 'ENOEXEC', 'of type ramdisk'],
    ['a uImage for another machine', makeUImage(image, { arch: 2 }), 'ENOEXEC', 'another machine'],
    [
      'a uImage with bzip2',
      makeUImage(noise(99), { compression: 2 }),
      'EOPNOTSUPP',
      'tail -c +65 FILE | head -c 99 | bzip2 -dc',
    ],
    ['a uImage whose parts do not fit', makeUImage(multiData(image).subarray(0, 999), { type: 4 }), 'ENODATA', 'needs'],
    ['Android without a kernel', makeAndroid(4, new Uint8Array(0), { initrd }), 'ENOEXEC', 'init_boot'],
    ['Android of tomorrow', makeAndroid(9, image), 'EOPNOTSUPP', 'version 9'],
    ['Android that is cut', makeAndroid(1, image).subarray(0, 9000), 'ENODATA', 'its kernel ends at'],
    ['Android that is cut in its header', makeAndroid(1, image).subarray(0, 900), 'ENODATA', 'its header ends at'],
  ])('%s', async (_, bytes, code, said) => {
    const error = await thrownBy(() => unpack(bytes));
    expect(error.code).toBe(code);
    expect(`${error.message}; ${error.hint}`).toContain(said);
  });
});
