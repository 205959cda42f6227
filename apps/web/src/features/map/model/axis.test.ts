import fc from 'fast-check';
import { expect, test } from 'vitest';
import { axisOf, compressedAxis, type Extent, type Frames, frameOf, linearAxis, unitOf } from './axis.ts';

const extent = (memory: readonly Frames[], end = 0): Extent => ({ memory, end });
const bank = (first: number, pages: number): Frames => ({ first, end: first + pages });

test('a linear axis goes from address 0 to the last page that is taken', () => {
  const axis = linearAxis(extent([bank(0x8_0000, 100), bank(7, 0.5)]));
  expect([axis.units, axis.end]).toEqual([0x8_0064, 0x8_0064]);
  expect(unitOf(axis, 0x8_0000)).toBe(0x8_0000);
});

test('a hole of terabytes takes a small share, and what is taken is as long as it is', () => {
  const tib = 2 ** 28;
  const axis = compressedAxis(extent([bank(16, 6400), bank(32 * tib, 6400)]));
  expect(axis.parts.map(({ isHole, units }) => [isHole, units])).toEqual([
    [false, 16 + 6400],
    [true, 200],
    [false, 6400],
  ]);
  expect(unitOf(axis, 32 * tib) - unitOf(axis, 16 + 6400)).toBe(200);
  expect(unitOf(axis, 32 * tib + 6400)).toBe(axis.units);
});

test('holes together are no more than a quarter of what is taken, however many there are', () => {
  const banks = Array.from({ length: 500 }, (_, at) => bank(at * 100_000, 1000));
  const axis = compressedAxis(extent(banks));
  const holes = axis.parts.filter(({ isHole }) => isHole).reduce((sum, { units }) => sum + units, 0);
  expect(holes).toBeLessThanOrEqual(500_000 / 4);
  expect(axis.units).toBe(500_000 + holes);
});

test('what is behind all memory is on the axis, as a hole', () => {
  const axis = compressedAxis(extent([bank(0, 6400)], 2 ** 30));
  expect([axis.end, axis.units]).toEqual([2 ** 30, 6500]);
  expect(linearAxis(extent([bank(0, 6400)], 2 ** 30)).units).toBe(2 ** 30);
});

test('no memory is one page', () => {
  for (const scale of ['linear', 'compressed'] as const) expect(axisOf(scale, extent([])).units).toBe(1);
});

test('property: a place leads back to its page, and later pages stand further on', () => {
  const some = fc.array(fc.tuple(fc.nat(2 ** 30), fc.integer({ min: 1, max: 2 ** 20 })), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(
      some,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (spans, a, b) => {
        const axis = compressedAxis(extent(spans.map(([first, pages]) => bank(first, pages))));
        const [low, high] = [Math.min(a, b) * axis.end, Math.max(a, b) * axis.end];
        expect(Math.abs(frameOf(axis, unitOf(axis, low)) - low)).toBeLessThan(1e-3);
        expect(unitOf(axis, low)).toBeLessThanOrEqual(unitOf(axis, high) + 1e-6);
      },
    ),
  );
});
