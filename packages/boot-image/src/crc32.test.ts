import * as zlib from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 } from './crc32.ts';
import { noise } from './testing/make.ts';

test('the check value of RFC 1952 implementations', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

test('continues where it was left', () => {
  const bytes = noise(1000);
  fc.assert(
    fc.property(fc.nat({ max: 1000 }), (at) => {
      expect(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at)))).toBe(crc32(bytes));
    }),
    { seed: 4 },
  );
});

test('is what zlib writes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const packed = zlib.gzipSync(bytes);
      expect(crc32(bytes)).toBe(packed.readUInt32LE(packed.length - 8));
    }),
    { seed: 5 },
  );
});
