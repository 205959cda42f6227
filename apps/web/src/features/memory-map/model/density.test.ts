import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { binRange, densityOf } from './density.ts';

const window = { start: 0x10_0000n, end: 0x10_ffffn };
const first = 0x100;

test('pages are counted in the part of the window where they lie', () => {
  const runs = [
    { first, pages: 3 },
    { first: first + 15, pages: 1 },
  ];
  expect(densityOf(runs, window, 4)).toEqual({
    bins: [3, 0, 0, 1],
    pages: 4,
    runs: 2,
    extent: { start: 0x10_0000n, end: 0x10_ffffn },
  });
});

test('a run that sticks out counts with what is inside', () => {
  const runs = [
    { first: first - 2, pages: 3 },
    { first: first + 14, pages: 10 },
  ];
  expect(densityOf(runs, window, 4)).toMatchObject({ bins: [1, 0, 0, 2], pages: 3, runs: 2 });
});

test('nothing inside has no extent', () => {
  expect(densityOf([{ first: 0, pages: 16 }], window, 4)).toEqual({
    bins: [0, 0, 0, 0],
    pages: 0,
    runs: 0,
    extent: undefined,
  });
});

test('no page is lost or counted twice, whatever the number of parts', () => {
  const run = fc.record({ first: fc.nat(400), pages: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(fc.array(run), fc.integer({ min: 1, max: 37 }), (runs, bins) => {
      const inside = runs.flatMap((r) => Array.from({ length: r.pages }, (_, at) => r.first + at));
      const expected = inside.filter((pfn) => pfn >= first && pfn < first + 16).length;
      const density = densityOf(runs, window, bins);
      expect(density.bins.reduce((sum, pages) => sum + pages, 0)).toBe(expected);
      expect(density.pages).toBe(expected);
    }),
    { seed: 1 },
  );
});

test('the parts of a window follow each other without gaps', () => {
  const parts = Array.from({ length: 7 }, (_, bin) => binRange(window, 7, bin));
  expect(parts[0]?.start).toBe(window.start);
  expect(parts[6]?.end).toBe(window.end);
  for (const [at, part] of parts.slice(1).entries()) expect(part.start).toBe((parts[at]?.end ?? 0n) + 1n);
});
