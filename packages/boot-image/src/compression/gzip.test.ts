import * as zlib from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstDifference } from '../testing/equal.ts';
import { thrownBy } from '../testing/errors.ts';
import { fixture } from '../testing/fixtures.ts';
import { concat, makeImage, noise, withFields } from '../testing/make.ts';
import { gunzip as gunzipUpTo } from './gzip.ts';
import type { Undone } from './undone.ts';

const LIMIT = 1 << 20;
const gunzip = (bytes: Uint8Array, maxSize = LIMIT): Promise<Undone> => gunzipUpTo(bytes, { maxSize });
const pack = (bytes: Uint8Array, options: zlib.ZlibOptions = {}): Uint8Array =>
  new Uint8Array(zlib.gzipSync(bytes, options));

/** A gzip file with all optional header fields (RFC 1952, 2.3). */
function withAllFields(plain: Uint8Array): Uint8Array {
  const packed = pack(plain);
  const header = withFields(packed.slice(0, 10), [3, 1, 2 + 4 + 8 + 16]);
  const extra = Uint8Array.of(3, 0, 1, 0, 2);
  const names = new TextEncoder().encode('Image\0a comment\0');
  const fields = concat(header, extra, names);
  const sum = zlib.crc32(fields);
  return concat(fields, Uint8Array.of(sum & 0xff, (sum >> 8) & 0xff), packed.subarray(10));
}

test('what gzip packed', async () => {
  const { bytes, trailing } = await gunzip(fixture('Image.gz'));
  expect(firstDifference(bytes, makeImage())).toBe(-1);
  expect(trailing).toHaveLength(0);
});

test('any bytes, any level', async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 2000 }), fc.nat({ max: 200_000 }).map(noise));
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 0, max: 9 }), async (plain, level) => {
      expect(firstDifference((await gunzip(pack(plain, { level }))).bytes, plain)).toBe(-1);
    }),
    { seed: 6, numRuns: 60 },
  );
});

test('all header fields', async () => {
  expect((await gunzip(withAllFields(noise(500)))).bytes).toEqual(noise(500));
});

test('several members make one text', async () => {
  const packed = concat(pack(noise(1000)), pack(new Uint8Array(0)), pack(noise(70_000)));
  const { bytes, trailing } = await gunzip(packed);
  expect(firstDifference(bytes, concat(noise(1000), noise(70_000)))).toBe(-1);
  expect(trailing).toHaveLength(0);
});

test('a member twice', async () => {
  const packed = pack(noise(1000));
  expect((await gunzip(concat(packed, packed))).bytes).toEqual(concat(noise(1000), noise(1000)));
});

test('what was appended is separate', async () => {
  const tree = Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed, 1, 2, 3);
  const { bytes, trailing } = await gunzip(concat(fixture('Image.gz'), tree));
  expect(firstDifference(bytes, makeImage())).toBe(-1);
  expect(trailing).toEqual(tree);
});

describe('a file cut short is ENODATA', () => {
  const packed = pack(noise(3000));
  test.each([0, 1, 9, 10, 11, 100, packed.length - 9, packed.length - 8, packed.length - 4, packed.length - 1])(
    'to %i bytes',
    async (size) => {
      expect((await thrownBy(() => gunzip(packed.subarray(0, size)))).code).toBe('ENODATA');
    },
  );

  test('inside the optional fields', async () => {
    const all = withAllFields(noise(500));
    for (let size = 0; size < 36; size++) {
      expect((await thrownBy(() => gunzip(all.subarray(0, size)))).code).toBe('ENODATA');
    }
  });
});

test('a changed byte is noticed wherever it counts', async () => {
  const packed = pack(noise(3000));
  for (let at = 10; at < packed.length; at++) {
    const changed = packed.slice();
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    expect(['EBADMSG', 'ENODATA']).toContain((await thrownBy(() => gunzip(changed))).code);
  }
});

test('a wrong CRC or length is EBADMSG, with its place', async () => {
  const packed = pack(noise(3000));
  for (const at of [packed.length - 8, packed.length - 1]) {
    const changed = packed.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    const { code, offset } = await thrownBy(() => gunzip(changed));
    expect(code).toBe('EBADMSG');
    expect(offset).toBeGreaterThan(packed.length - 8);
  }
});

test('reserved flags are EBADMSG', async () => {
  expect(await thrownBy(() => gunzip(withFields(pack(noise(9)), [3, 1, 0x20])))).toMatchObject({
    code: 'EBADMSG',
    offset: 4,
  });
});

test('a bomb stops at the limit', async () => {
  const bomb = pack(new Uint8Array(50_000_000));
  expect(bomb.length).toBeLessThan(60_000);
  expect(await thrownBy(() => gunzip(bomb))).toMatchObject({ code: 'EFBIG', value: LIMIT });
  const exact = pack(new Uint8Array(LIMIT));
  expect((await gunzip(exact)).bytes).toHaveLength(LIMIT);
  expect((await thrownBy(() => gunzip(exact, LIMIT - 1))).code).toBe('EFBIG');
});

describe('what the platform undoes in one go', () => {
  const large = noise(1 << 21);
  const packed = pack(large, { level: 1 });

  test('is what one member has, and stands in memory once', async () => {
    const { bytes, trailing } = await gunzip(packed, 1 << 22);
    expect(firstDifference(bytes, large)).toBe(-1);
    expect(bytes.buffer.byteLength).toBe(large.length);
    expect(trailing).toHaveLength(0);
  });

  test.each([
    ['several members', concat(packed, packed), concat(large, large), 0],
    ['an empty member behind it', concat(packed, pack(new Uint8Array(0))), large, 0],
    ['something else behind it', concat(packed, Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed)), large, 4],
    ['zeros behind it', concat(packed, new Uint8Array(512)), large, 512],
  ])('is not %s', async (_, file, plain, trailing) => {
    const undone = await gunzip(file, 1 << 22);
    expect(firstDifference(undone.bytes, plain)).toBe(-1);
    expect(undone.trailing).toHaveLength(trailing);
  });

  test('is refused where it is damaged or cut, as small files are', async () => {
    const changed = packed.slice();
    changed[packed.length >> 1] = (changed[packed.length >> 1] ?? 0) ^ 0x10;
    expect((await thrownBy(() => gunzip(changed, 1 << 22))).code).toBe('EBADMSG');
    expect((await thrownBy(() => gunzip(packed.subarray(0, -1), 1 << 22))).code).toBe('ENODATA');
    expect((await thrownBy(() => gunzip(packed, large.length - 1))).code).toBe('EFBIG');
  });
});

test("50 000 members, which a search for each one's end would take minutes for", async () => {
  const member = pack(Uint8Array.of(7));
  const file = new Uint8Array(member.length * 50_000);
  for (let at = 0; at < file.length; at += member.length) file.set(member, at);
  const { bytes } = await gunzip(file);
  expect(bytes).toEqual(new Uint8Array(50_000).fill(7));
});
