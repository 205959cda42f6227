import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SpanSet, touchedPages } from './spans.ts';

const LIMIT = 80;
const spans = fc.array(fc.record({ first: fc.nat({ max: 60 }), pages: fc.nat({ max: 8 }) }), { maxLength: 8 });
const pagesOf = (set: Iterable<{ first: number; pages: number }>): Set<number> =>
  new Set([...set].flatMap(({ first, pages }) => Array.from({ length: pages }, (_, page) => first + page)));

test('is a set of pages, whatever the order and overlaps of its spans', () => {
  fc.assert(
    fc.property(spans, spans, fc.array(fc.nat({ max: LIMIT })), (some, others, asked) => {
      const [set, other] = [new SpanSet(some), new SpanSet(others)];
      const [pages, less] = [pagesOf(some), pagesOf(others)];
      expect(pagesOf(set)).toEqual(pages);
      expect(pagesOf(set.without(other))).toEqual(new Set([...pages].filter((pfn) => !less.has(pfn))));
      expect(pagesOf(set.with(other))).toEqual(new Set([...pages, ...less].sort((a, b) => a - b)));
      for (const pfn of asked) {
        expect(set.has(pfn)).toBe(pages.has(pfn));
        for (const length of [0, 1, 3]) {
          const wanted = Array.from({ length }, (_, page) => pages.has(pfn + page));
          expect(set.covers({ first: pfn, pages: length })).toBe(wanted.every(Boolean));
        }
      }
      const [...parts] = set;
      for (const [index, { first }] of parts.entries())
        if (index > 0) expect(first).toBeGreaterThan((parts[index - 1]?.first ?? 0) + (parts[index - 1]?.pages ?? 0));
    }),
    { seed: 12 },
  );
});

test('of addresses: the whole pages in them, or those that they touch', () => {
  const ranges = [{ start: 0x1800n, end: 0x4fffn }];
  expect([...SpanSet.within(ranges)]).toEqual([{ first: 2, pages: 3 }]);
  expect([...SpanSet.touching(ranges)]).toEqual([{ first: 1, pages: 4 }]);
  expect(touchedPages({ start: 5n, end: 4n }).pages).toBe(0);
  expect(touchedPages({ start: 0xfffn, end: 0x1000n })).toEqual({ first: 0, pages: 2 });
});
