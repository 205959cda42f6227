import { price, pricesOf, stingray, thunderX2 } from '@kexeckit/cost';
import { expect, test } from 'vitest';
import { estimatedTimeline, pageCounts, pagesOf } from '../strategies/counts.ts';
import { mmuCosts, mmuWords, shortTime, slowdown, tripsOf } from './model.ts';

test.each([stingray, thunderX2])('a page takes what a relocation of many takes for each: $name', (profile) => {
  const costs = mmuCosts(profile);
  const size = { kernelMib: 100, initrdMib: 100, verify: false };
  const each = (strategy: 'mmu-off' | 'mmu-on') =>
    (estimatedTimeline(strategy, size, profile).phases[1]?.seconds ?? Number.NaN) / pagesOf(size);
  expect((costs?.off.seconds ?? 0) / each('mmu-off')).toBeCloseTo(1, 3);
  expect((costs?.on.seconds ?? 0) / each('mmu-on')).toBeCloseTo(1, 3);
  expect(costs?.off.seconds).toBeCloseTo(price(pageCounts.off, pricesOf(profile)), 12);
  // The accesses are what it is slow for.
  expect(costs?.off.parts[0]?.price).toBe('perUncachedAccess');
  expect(costs?.on.parts[0]?.price).toBe('perLine');
});

test('a line is loaded and stored by 16 bytes with the MMU off, and comes and goes whole with it on', () => {
  expect(tripsOf('off')).toEqual({ count: 8, bytes: 16 });
  expect(tripsOf('on')).toEqual({ count: 2, bytes: 64 });
});

test('of a machine that nobody knows there is no picture', () => {
  expect(mmuCosts(undefined)).toBeUndefined();
  const { perLine: _, ...prices } = stingray.prices;
  expect(mmuCosts({ ...stingray, prices })).toBeUndefined();
});

test('the picture is told in words, and slowed down so that it can be seen', () => {
  const costs = mmuCosts(thunderX2);
  if (costs === undefined) throw new TypeError('there are no prices');
  expect(mmuWords('off', costs)).toContain(`A page takes ${shortTime(costs.off.seconds)}`);
  expect(slowdown(costs) * costs.off.seconds).toBeCloseTo(4, 0);
});

test.each([
  [71.4e-9, '71.4 ns'],
  [0.25e-9, '0.25 ns'],
  [36.9e-6, '36.9 µs'],
  [349e-6, '349 µs'],
  [2e-3, '2 ms'],
])('%d s are %s', (seconds, text) => {
  expect(shortTime(seconds)).toBe(text);
});
