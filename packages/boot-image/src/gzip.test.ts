import * as zlib from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gunzip } from './gzip.ts';
import { firstDifference } from './testing/equal.ts';
import { thrownBy } from './testing/errors.ts';
import { fixture } from './testing/fixtures.ts';
import { concat, makeImage, noise, withFields } from './testing/make.ts';

const LIMIT = 1 << 20;
const pack = (bytes: Uint8Array, options: zlib.ZlibOptions = {}): Uint8Array =>
  new Uint8Array(zlib.gzipSync(bytes, options));

/** A gzip file with all optional header fields (RFC 1952, 2.3). */
function withAllFields(plain: Uint8Array): Uint8Array {
  const packed = pack(plain);
  const header = withFields(packed.slice(0, 10), [3, 1, 2 + 4 + 8 + 16]);
  const extra = Uint8Array.of(3, 0, 1, 0, 2);
  const names = new TextEncoder().encode('Image\0a comment\0');
  return concat(header, extra, names, Uint8Array.of(0xaa, 0xbb), packed.subarray(10));
}

test('what gzip packed', () => {
  const { bytes, trailing } = gunzip(fixture('Image.gz'), LIMIT);
  expect(firstDifference(bytes, makeImage())).toBe(-1);
  expect(trailing).toHaveLength(0);
});

test('any bytes, any level', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 2000 }), fc.nat({ max: 200_000 }).map(noise));
  fc.assert(
    fc.property(bytes, fc.integer({ min: 0, max: 9 }), (plain, level) => {
      expect(firstDifference(gunzip(pack(plain, { level }), LIMIT).bytes, plain)).toBe(-1);
    }),
    { seed: 6, numRuns: 60 },
  );
});

test('all header fields', () => {
  expect(gunzip(withAllFields(noise(500)), LIMIT).bytes).toEqual(noise(500));
});

test('several members make one text', () => {
  const packed = concat(pack(noise(1000)), pack(new Uint8Array(0)), pack(noise(70_000)));
  const { bytes, trailing } = gunzip(packed, LIMIT);
  expect(firstDifference(bytes, concat(noise(1000), noise(70_000)))).toBe(-1);
  expect(trailing).toHaveLength(0);
});

test('a member twice', () => {
  const packed = pack(noise(1000));
  expect(gunzip(concat(packed, packed), LIMIT).bytes).toEqual(concat(noise(1000), noise(1000)));
});

test('what was appended is separate', () => {
  const tree = Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed, 1, 2, 3);
  const { bytes, trailing } = gunzip(concat(fixture('Image.gz'), tree), LIMIT);
  expect(firstDifference(bytes, makeImage())).toBe(-1);
  expect(trailing).toEqual(tree);
});

describe('a file cut short is ENODATA', () => {
  const packed = pack(noise(3000));
  test.each([0, 1, 9, 10, 11, 100, packed.length - 9, packed.length - 8, packed.length - 4, packed.length - 1])(
    'to %i bytes',
    async (size) => {
      expect((await thrownBy(() => gunzip(packed.subarray(0, size), LIMIT))).code).toBe('ENODATA');
    },
  );

  test('inside the optional fields', async () => {
    const all = withAllFields(noise(500));
    for (let size = 0; size < 36; size++) {
      expect((await thrownBy(() => gunzip(all.subarray(0, size), LIMIT))).code).toBe('ENODATA');
    }
  });
});

test('a changed byte is noticed wherever it counts', async () => {
  const packed = pack(noise(3000));
  for (let at = 10; at < packed.length; at++) {
    const changed = packed.slice();
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    expect(['EBADMSG', 'ENODATA']).toContain((await thrownBy(() => gunzip(changed, LIMIT))).code);
  }
});

test('a wrong CRC or length is EBADMSG, with its place', async () => {
  const packed = pack(noise(3000));
  for (const at of [packed.length - 8, packed.length - 1]) {
    const changed = packed.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(await thrownBy(() => gunzip(changed, LIMIT))).toMatchObject({ code: 'EBADMSG', offset: packed.length - 8 });
  }
});

test('reserved flags are EBADMSG', async () => {
  expect(await thrownBy(() => gunzip(withFields(pack(noise(9)), [3, 1, 0x20]), LIMIT))).toMatchObject({
    code: 'EBADMSG',
    offset: 0,
  });
});

test('a bomb stops at the limit', async () => {
  const bomb = pack(new Uint8Array(50_000_000));
  expect(bomb.length).toBeLessThan(60_000);
  expect(await thrownBy(() => gunzip(bomb, LIMIT))).toMatchObject({ code: 'EFBIG', value: LIMIT });
  const exact = pack(new Uint8Array(LIMIT));
  expect(gunzip(exact, LIMIT).bytes).toHaveLength(LIMIT);
  expect((await thrownBy(() => gunzip(exact, LIMIT - 1))).code).toBe('EFBIG');
});
