import { parseFdt, stringList } from '@kexeckit/fdt';
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

describe('of several', () => {
  const kernels = { a: fitImage('kernel', noise(9)), b: fitImage('kernel_noload', image) };
  const configurations = { default: 'two', one: { kernel: 'a' }, two: { kernel: 'b' } };

  test('configurations of a FIT image, the default one, or that which is asked for', async () => {
    const file = makeFit({ images: kernels, configurations });
    const { image: found, steps } = await unpack(file);
    expect(firstDifference(found, image)).toBe(-1);
    expect(steps[0]).toContain('from b of a U-Boot FIT image, as its configuration two has it (others: one)');
    const other = makeFit({ images: kernels, configurations: { ...configurations, default: 'one' } });
    expect((await thrownBy(() => unpack(other))).message).toContain('9 bytes, too few');
    expect(firstDifference((await unpack(other, { configuration: 'two' })).image, image)).toBe(-1);
    const error = await thrownBy(() => unpack(file, { configuration: 'three' }));
    expect(error).toMatchObject({ code: 'EINVAL', value: 'three', hint: 'it has one, two' });
  });

  test('a FIT image without configurations: the first kernel', async () => {
    const file = makeFit({ images: { tree: fitImage('flat_dt', dtb), b: kernels.b } });
    expect(firstDifference((await unpack(file)).image, image)).toBe(-1);
    expect((await thrownBy(() => unpack(file, { configuration: 'x' }))).hint).toBe('it has none at all');
  });

  test('trees of a FIT image: overlays are applied to the first one', async () => {
    const overlay = makeFit({ 'fragment@0': { 'target-path': '/', __overlay__: { model: 'another' } } });
    const images = { b: kernels.b, base: fitImage('flat_dt', dtb), more: fitImage('flat_dt', overlay) };
    const named = (...fdt: string[]) =>
      makeFit({ images, configurations: { a: { kernel: 'b', fdt: stringList(fdt) } } });
    const tree = parseFdt((await unpack(named('base', 'more'))).parts.dtb ?? new Uint8Array(0));
    expect(tree.root.properties.map(({ name }) => name)).toEqual(['model', 'compatible']);
    expect((await thrownBy(() => unpack(named('base', 'b')))).message).toContain('overlays');
    expect(await thrownBy(() => unpack(named('base', 'none')))).toMatchObject({ code: 'EINVAL', value: 'none' });
  });

  test('profiles of a unified kernel image: the first one stands before what all share', async () => {
    const section = (name: string, value: string | Uint8Array) => ({
      name,
      bytes: typeof value === 'string' ? text(value) : value,
    });
    const shared = [section('.cmdline', 'shared'), section('.uname', '6.12'), section('.linux', image)];
    const profile = (id: string) => [section('.profile', `ID=${id}`), section('.cmdline', id), section('.dtb', dtb)];
    const { parts, steps } = await unpack(
      makePe(0xaa64, [...shared, ...profile('main'), ...profile('other'), section('.dtbauto', dtb)]),
    );
    expect(parts).toEqual({ cmdline: 'main', release: '6.12', dtb });
    expect(steps.slice(1)).toEqual([
      'took the first of its 2 profiles',
      "left out 1 device trees (.dtbauto), of which it takes the machine's own where it is started",
    ]);
  });
});

describe('what is not checked is said', () => {
  test('signatures, and hashes that are not known', async () => {
    const kernel = fitImage('kernel', image, { 'signature-1': { algo: 'sha256,rsa2048' } });
    expect((await unpack(fit(kernel))).steps).toContain('left its signatures unchecked');
    expect((await unpack(fit(fitImage('kernel', image)))).steps).toHaveLength(1);
    const crc16 = fit({ ...fitImage('kernel', image), 'hash-9': { algo: 'crc16-ccitt', value: noise(2) } });
    expect((await unpack(crc16)).steps).toContain('left the crc16-ccitt of kernel unchecked: it is not known here');
    const uki = makePe(0xaa64, [{ name: '.linux', bytes: image }], true);
    expect((await unpack(uki)).steps).toContain('left its signature unchecked');
  });

  test('what is encrypted is refused', async () => {
    const kernel = fitImage('kernel', image, { cipher: { algo: 'aes256' } });
    expect(await thrownBy(() => unpack(fit(kernel)))).toMatchObject({ code: 'EOPNOTSUPP', value: 'aes256' });
  });

  test('a hash without a value does not fit', async () => {
    const kernel = { ...fitImage('kernel', image), 'hash-1': { algo: 'crc32' } };
    expect((await thrownBy(() => unpack(fit(kernel)))).code).toBe('EBADMSG');
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
