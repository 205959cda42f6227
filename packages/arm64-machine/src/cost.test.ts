import { expect, test } from 'vitest';
import { fitErrors, price, publishedStingray, stingray, zeroCounters } from './index.ts';

test('the fitted rows come out exactly, the others within what is told', () => {
  const errors = fitErrors(stingray, publishedStingray);
  for (const { fitted, error } of errors) if (fitted) expect(Math.abs(error)).toBeLessThan(1e-9);
  expect(errors.filter(({ fitted }) => !fitted).map(({ error }) => Math.round(error * 100))).toEqual([-46, -38, 17]);
});

test('a price is the sum of its parts', () => {
  const one = { ...zeroCounters(), uncachedAccesses: 1e6 };
  expect(price(one, stingray)).toBeCloseTo(1e6 * stingray.perUncachedAccess, 9);
  expect(price(zeroCounters(), stingray)).toBe(0);
});
