import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { between, bitsOf, hexOf, shareOf, uuidOf } from './seed.ts';

fc.configureGlobal({ seed: 19 });

test('the same seed and words give the same', () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), fc.integer(), (seed, word, number) => {
      expect(bitsOf(seed, word, number)).toBe(bitsOf(seed, word, number));
      const share = shareOf(seed, word, number);
      expect(share >= 0 && share < 1).toBe(true);
    }),
  );
});

test('where a word ends counts', () => {
  expect(bitsOf(1, 'ab', 'c')).not.toBe(bitsOf(1, 'a', 'bc'));
  expect(bitsOf(1, 'a')).not.toBe(bitsOf(2, 'a'));
  expect(bitsOf(1, 'a', 0)).not.toBe(bitsOf(1, 'a', 1));
});

test('shares are even over names that differ in their last digit only', () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  const COUNT = 20_000;
  for (let at = 0; at < COUNT; at++) {
    const tenth = Math.floor(10 * shareOf(7, `host-${at}`));
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  for (const count of tenths) expect(Math.abs(count - COUNT / 10)).toBeLessThan(COUNT / 50);
});

test('ids have the form of the real ones, and no two hosts share one', () => {
  expect(uuidOf(1, 'a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(hexOf(1, 'a')).toMatch(/^[0-9a-f]{32}$/);
  const ids = new Set(Array.from({ length: 20_000 }, (_, at) => uuidOf(1, `host-${at}`, 'boot', at % 3)));
  expect(ids.size).toBe(20_000);
});

test('a number of a range stays in it', () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), (seed, word) => {
      const number = between([20, 200], seed, word);
      expect(number >= 20 && number <= 200).toBe(true);
    }),
  );
  expect(between([5, 5], 1, 'a')).toBe(5);
});
