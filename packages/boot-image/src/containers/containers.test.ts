import { parseFdt, stringList } from '@kexeckit/fdt';
import { describe, expect, test } from 'vitest';
import { recognise } from '../recognise/recognise.ts';
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
import { concat, makeImage, makePe, makeZboot, noise } from '../testing/make.ts';
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

test('a kernel that U-Boot boots where it is', async () => {
  expect(firstDifference((await unpack(makeUImage(image, { type: 14 }))).image, image)).toBe(-1);
});

test.each([0, 1, 2, 3, 4])(
  'the command line of Android %i is UTF-8, also across the border of its fields',
  async (version) => {
    const cmdline = `${'x'.repeat(511)}ß=é`;
    expect((await unpack(makeAndroid(version, image, { cmdline }))).parts.cmdline).toBe(cmdline);
  },
);

test('a FIT image is told from the tree of a machine by a node right below the root', () => {
  const long = noise(70_000);
  expect(recognise(makeFit({ description: long, configurations: { x: long }, images: {} })).format).toBe('fit');
  expect(recognise(makeFit({ soc: { images: { x: 1 } }, name: text('\0\0\0\x01images\0\0') })).format).toBe('dtb');
});

test('of many things in a FIT image, a few are named', async () => {
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`c-${index}`, { kernel: 'k' }]));
  const hashes = Object.fromEntries(
    Array.from({ length: 2000 }, (_, index) => [`hash-a${index}`, { algo: `a${index}` }]),
  );
  const images = { k: { ...fitImage('kernel', image), ...hashes } };
  const { steps } = await unpack(makeFit({ images, configurations: many }));
  expect(steps.length).toBeLessThan(5);
  const error = await thrownBy(() => unpack(makeFit({ images, configurations: { ...many, default: 'x' } })));
  for (const line of [...steps, error.message, error.hint]) expect(line.length).toBeLessThan(300);
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
    const notFor = makeFit({ 'fragment@0': { target: 99, __overlay__: { model: 'another' } } });
    const broken = makeFit({
      images: { ...images, more: fitImage('flat_dt', notFor) },
      configurations: { a: { kernel: 'b', fdt: stringList(['base', 'more']) } },
    });
    expect((await thrownBy(() => unpack(broken))).message).toContain('overlays');
    expect((await thrownBy(() => unpack(named('base', 'more', 'more')))).message).toContain('names "more" twice');
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

describe('in the place of a device tree', () => {
  const gzip = fixture('Image.gz');
  const uki = (tree: Uint8Array): Uint8Array =>
    makePe(0xaa64, [
      { name: '.linux', bytes: image },
      { name: '.dtb', bytes: tree },
    ]);
  const withTree = (tree: Uint8Array): Uint8Array =>
    makeFit({
      images: { k: fitImage('kernel', image), t: fitImage('flat_dt', tree) },
      configurations: { a: { kernel: 'k', fdt: 't' } },
    });
  const forms: [string, (tree: Uint8Array) => Uint8Array][] = [
    ['behind gzip data', (tree) => concat(gzip, tree)],
    ['behind gzip data in a zboot file', (tree) => makeZboot('gzip', concat(gzip, tree))],
    ['behind gzip data in a uImage', (tree) => makeUImage(concat(gzip, tree), { compression: 1 })],
    [
      'behind gzip data in a FIT image',
      (tree) => makeFit({ images: { k: fitImage('kernel', concat(gzip, tree), { compression: 'gzip' }) } }),
    ],
    ['of a uImage', (tree) => makeUImage(multiData(image, initrd, tree), { type: 4 })],
    ['of an Android boot image', (tree) => makeAndroid(2, image, { dtb: tree })],
    ['of a unified kernel image', uki],
    ['of a FIT image', withTree],
  ];
  test.each(forms)('%s: one is offered, without what fills up the place', async (_, make) => {
    for (const tree of [dtb, concat(dtb, new Uint8Array(8))]) expect((await unpack(make(tree))).parts.dtb).toEqual(dtb);
  });

  test.each(forms)('%s: several, and what is none, are left out, which is said', async (_, make) => {
    const cases = [
      [concat(dtb, dtb, dtb), '3 device trees'],
      [dtb.subarray(0, 60), '60 bytes'],
      [Uint8Array.of(0xd7, 0xb7, 0xab, 0x1e, ...noise(60)), '64 bytes'],
    ] as const;
    for (const [bytes, said] of cases) {
      const { parts, steps } = await unpack(make(bytes));
      expect(parts.dtb).toBeUndefined();
      expect(steps.join()).toContain(said);
    }
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

  test.each(['hash', 'hash1', 'hash_1', 'hash@1'])('a hash counts by the start of its name: %s', async (name) => {
    const plain: NodeFields = { type: 'kernel', arch: 'arm64', compression: 'none', data: image };
    const kernel: NodeFields = { ...plain, [name]: { algo: 'crc32', value: noise(4) } };
    expect((await thrownBy(() => unpack(fit(kernel)))).code).toBe('EBADMSG');
    const signed = fitImage('kernel', image, { [name.replace('hash', 'signature')]: { algo: 'sha256,rsa2048' } });
    expect((await unpack(fit(signed))).steps).toContain('left its signatures unchecked');
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
