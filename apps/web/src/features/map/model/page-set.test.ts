import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  countBetween,
  countPages,
  type PageSet,
  pageSetOf,
  pagesIn,
  runAbove,
  runOf,
  runsIn,
  runWith,
} from './page-set.ts';

const setOf = (...runs: readonly (readonly [first: number, pages: number, other?: number])[]): PageSet =>
  pageSetOf(
    Float64Array.from(runs, ([first]) => first),
    Float64Array.from(runs, ([, pages]) => pages),
    Float64Array.from(runs, ([, , other = 0]) => other),
  );

/** The pages of runs one by one, the naive way. */
const naive = (runs: readonly (readonly [number, number])[]): Set<number> =>
  new Set(runs.flatMap(([first, pages]) => Array.from({ length: pages }, (_, page) => first + page)));

const countNaive = (pages: ReadonlySet<number>, from: number, to: number): number =>
  [...pages].filter((pfn) => pfn >= from && pfn < to).length;

const runs = fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 9 })), { maxLength: 60 });

test('runs in any order are sorted, and keep what they are copied to', () => {
  const set = setOf([2 ** 40 - 1, 1, 7], [5, 3, 100], [70_000, 2, 50]);
  expect([0, 1, 2].map((at) => runOf(set, at))).toEqual([
    { first: 5, pages: 3, other: 100 },
    { first: 70_000, pages: 2, other: 50 },
    { first: 2 ** 40 - 1, pages: 1, other: 7 },
  ]);
  expect(pagesIn(set)).toBe(6);
  expect(runOf(set, 3)).toBeUndefined();
});

test('what two runs share is counted once, and the rest of the later one keeps its place', () => {
  const set = setOf([10, 4, 1000], [12, 4, 2000], [13, 1, 3000]);
  expect([...set.first, ...set.pages, ...set.other]).toEqual([10, 14, 4, 2, 1000, 2002]);
});

test('a page is found in its run, and its neighbours are in none', () => {
  const set = setOf([5, 3, 100], [20, 1, 9]);
  expect([4, 5, 7, 8, 20, 21].map((pfn) => runWith(set, pfn)?.first)).toEqual([
    undefined,
    5,
    5,
    undefined,
    20,
    undefined,
  ]);
  expect(runAbove(set, 5)).toBe(1);
  expect(runAbove(set, 4)).toBe(0);
});

test('property: a count in any window is that of the pages one by one', () => {
  fc.assert(
    fc.property(runs, fc.nat(320), fc.nat(320), (some, from, to) => {
      const set = setOf(...some);
      expect(countPages(set, from, to)).toBe(countNaive(naive(some), from, to));
      expect(pagesIn(set)).toBe(naive(some).size);
    }),
  );
});

test('property: counts between edges are those of the pages one by one, and add up', () => {
  fc.assert(
    fc.property(
      runs,
      fc.array(fc.double({ min: 0, max: 320, noNaN: true }), { minLength: 2, maxLength: 40 }),
      (some, at) => {
        const set = setOf(...some);
        const edges = Float64Array.from(at).sort();
        const counts = new Float64Array(edges.length - 1);
        countBetween(set, edges, counts);
        const pages = naive(some);
        expect([...counts]).toEqual(
          [...counts.keys()].map((column) => countNaive(pages, edges[column] ?? 0, edges[column + 1] ?? 0)),
        );
      },
    ),
  );
});

test('property: a sorted set has no run inside of another', () => {
  fc.assert(
    fc.property(runs, (some) => {
      const set = setOf(...some);
      for (let at = 1; at < runsIn(set); at++) {
        const before = runOf(set, at - 1);
        expect((runOf(set, at)?.first ?? 0) >= (before?.first ?? 0) + (before?.pages ?? 0)).toBe(true);
      }
    }),
  );
});

test('property: runs anywhere in memory come in order, each with its own', () => {
  const anywhere = fc.array(fc.integer({ min: 0, max: 2 ** 40 - 1 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(anywhere, (frames) => {
      const some = [...new Set(frames)];
      const set = setOf(...some.map((pfn) => [pfn, 1, pfn + 1] as const));
      const sorted = some.toSorted((a, b) => a - b);
      expect([...set.first]).toEqual(sorted);
      expect([...set.other]).toEqual(sorted.map((pfn) => pfn + 1));
    }),
  );
});
