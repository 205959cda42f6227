import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { noise } from './testing/make.ts';
import { xxh64 } from './xxh64.ts';

// Known values from xxHash's documentation and bindings. Long inputs are checked in zstd.test.ts, by files of the zstd tool.
test.each<[string, bigint]>([
  ['', 0xef46db3751d8e999n],
  ['abc', 0x44bc2cf5ad770999n],
  ['Nobody inspects the spammish repetition', 0xfbcea83c8a378bf1n],
])('%j', (text, hash) => {
  expect(xxh64(new TextEncoder().encode(text))).toBe(hash);
});

test('bytes in the middle of a buffer, at any alignment', () => {
  const bytes = noise(100);
  fc.assert(
    fc.property(fc.nat({ max: 99 }), fc.nat({ max: 99 }), (a, b) => {
      const part = bytes.subarray(Math.min(a, b), Math.max(a, b));
      expect(xxh64(part)).toBe(xxh64(part.slice()));
    }),
    { seed: 3 },
  );
});

test('every bit counts', () => {
  const bytes = noise(75);
  const hash = xxh64(bytes);
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ 0x80;
    expect(xxh64(changed)).not.toBe(hash);
  }
});
