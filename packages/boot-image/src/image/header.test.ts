import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thrownBy } from '../testing/errors.ts';
import { withFields } from '../testing/make.ts';
import { encodeImageHeader, type ImageFlags, isImage, parseImageHeader } from './header.ts';

// The first 64 bytes of Debian's 6.1 kernel for arm64.
const DEBIAN_6_1 = Uint8Array.from([
  0x4d, 0x5a, 0x40, 0xfa, 0x63, 0xa3, 0x59, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0x0a, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0x52, 0x4d, 0x64, 0x40, 0,
  0, 0,
]);

describe('parseImageHeader', () => {
  test('a real kernel', () => {
    expect(parseImageHeader(DEBIAN_6_1)).toEqual({
      code0: 0xfa405a4d,
      code1: 0x1459a363,
      textOffset: 0n,
      imageSize: 0x2010000n,
      flags: { endianness: 'little', pageSize: '4K', placement: 'anywhere' },
      flagsValue: 0xan,
      peOffset: 64,
    });
  });

  test('in the middle of a buffer', () => {
    const buffer = new Uint8Array(100);
    buffer.set(DEBIAN_6_1, 5);
    expect(parseImageHeader(buffer.subarray(5))).toEqual(parseImageHeader(DEBIAN_6_1));
  });

  test('image_size 0, as before Linux 3.17, means text offset 0x80000 and 16 MiB', () => {
    const old = withFields(encodeImageHeader({ imageSize: 0n, flagsValue: 0n }), [8, 8, 0x1234n]);
    expect(parseImageHeader(old)).toMatchObject({
      textOffset: 0x80000n,
      imageSize: 0x1000000n,
      flags: { endianness: 'little', pageSize: 'unspecified', placement: 'near-dram-base' },
    });
  });

  test.each<[bigint, ImageFlags]>([
    [0n, { endianness: 'little', pageSize: 'unspecified', placement: 'near-dram-base' }],
    [1n, { endianness: 'big', pageSize: 'unspecified', placement: 'near-dram-base' }],
    [2n, { endianness: 'little', pageSize: '4K', placement: 'near-dram-base' }],
    [4n, { endianness: 'little', pageSize: '16K', placement: 'near-dram-base' }],
    [6n, { endianness: 'little', pageSize: '64K', placement: 'near-dram-base' }],
    [8n, { endianness: 'little', pageSize: 'unspecified', placement: 'anywhere' }],
    [0xfffffffffffffff0n, { endianness: 'little', pageSize: 'unspecified', placement: 'near-dram-base' }],
  ])('flags 0x%s', (flagsValue, flags) => {
    expect(parseImageHeader(withFields(DEBIAN_6_1.slice(), [24, 8, flagsValue]))).toMatchObject({ flagsValue, flags });
  });

  test('what is not an Image is refused', async () => {
    expect(await thrownBy(() => parseImageHeader(new Uint8Array(64)))).toMatchObject({ code: 'ENOEXEC', offset: 56 });
    expect(await thrownBy(() => parseImageHeader(DEBIAN_6_1.subarray(0, 63)))).toMatchObject({
      code: 'ENODATA',
      offset: 63,
    });
    expect(isImage(DEBIAN_6_1.subarray(0, 63))).toBe(false);
  });
});

describe('encodeImageHeader', () => {
  test('the bytes of a real kernel', () => {
    expect(encodeImageHeader(parseImageHeader(DEBIAN_6_1))).toEqual(DEBIAN_6_1);
  });

  test('defaults: branch over the header, little-endian, 4K pages, anywhere, no PE header', () => {
    expect(parseImageHeader(encodeImageHeader({ imageSize: 0x100000n }))).toEqual({
      code0: 0x14000010,
      code1: 0,
      textOffset: 0n,
      imageSize: 0x100000n,
      flags: { endianness: 'little', pageSize: '4K', placement: 'anywhere' },
      flagsValue: 0xan,
      peOffset: 0,
    });
  });

  test('what was written reads back the same', () => {
    const u32 = fc.nat({ max: 0xffffffff });
    const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    const fields = fc.record({
      code0: u32,
      code1: u32,
      textOffset: u64.map((offset) => offset & 0xffff_ffff_f000n),
      imageSize: u64.filter((size) => size > 0n),
      flags: fc.record<ImageFlags>({
        endianness: fc.constantFrom('little', 'big'),
        pageSize: fc.constantFrom('unspecified', '4K', '16K', '64K'),
        placement: fc.constantFrom('near-dram-base', 'anywhere'),
      }),
      peOffset: u32,
    });
    fc.assert(
      fc.property(fields, (each) => {
        expect(parseImageHeader(encodeImageHeader(each))).toMatchObject(each);
      }),
      { seed: 1 },
    );
  });

  test('single flags change the defaults; reserved bits are kept', () => {
    const bytes = encodeImageHeader({ imageSize: 1n, flags: { pageSize: '64K' } });
    expect(parseImageHeader(bytes).flagsValue).toBe(0xen);
    expect(parseImageHeader(encodeImageHeader({ imageSize: 1n, flagsValue: 0x100n })).flagsValue).toBe(0x100n);
  });

  test.each<[string, Parameters<typeof encodeImageHeader>[0], string]>([
    ['a negative size', { imageSize: -1n }, 'ERANGE'],
    ['a size of 65 bits', { imageSize: 1n << 64n }, 'ERANGE'],
    ['a fractional instruction', { imageSize: 1n, code0: 0.5 }, 'ERANGE'],
    ['a PE offset of 33 bits', { imageSize: 1n, peOffset: 2 ** 32 }, 'ERANGE'],
    ['flags of 65 bits', { imageSize: 1n, flagsValue: 1n << 64n }, 'ERANGE'],
    ['flags that contradict each other', { imageSize: 1n, flagsValue: 2n, flags: { pageSize: '64K' } }, 'EINVAL'],
  ])('%s is refused', async (_, fields, code) => {
    expect((await thrownBy(() => encodeImageHeader(fields))).code).toBe(code);
  });
});
