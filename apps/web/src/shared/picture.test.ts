import { expect, test } from 'vitest';
import { pixelsOf } from './picture.ts';

test.each([
  [1000, 600],
  [1000, 84 * 24],
  // A hundred logs of so many boots as are shown of one, and what is wider than high.
  [1000, 100 * 24 * 84],
  [300_000, 40],
  [2, 4_000_000],
])('a picture of %i by %i has pixels that a canvas can hold in every browser', (width, height) => {
  const pixels = pixelsOf(width, height);
  expect(Math.max(pixels.width, pixels.height)).toBeLessThanOrEqual(16_384);
  expect(Math.min(pixels.width, pixels.height)).toBeGreaterThan(0);
  expect(pixels.width * pixels.height).toBeLessThanOrEqual(2 ** 24);
});

test('a small picture is twice as sharp', () => {
  expect(pixelsOf(1000, 600)).toEqual({ width: 2000, height: 1200 });
});
