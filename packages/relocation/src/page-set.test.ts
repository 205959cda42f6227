import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinSpans } from './page.ts';
import { PageSet } from './page-set.ts';

const pfn = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 32_700, max: 32_800 }), fc.constant(2 ** 39));

test('a page set holds what a set would', () => {
  fc.assert(
    fc.property(fc.array(pfn), fc.array(pfn), (added, asked) => {
      const ours = new PageSet();
      const theirs = new Set<number>();
      for (const page of added) {
        expect(ours.add(page)).toBe(!theirs.has(page));
        theirs.add(page);
      }
      expect(ours.size).toBe(theirs.size);
      for (const page of [...added, ...asked]) expect(ours.has(page)).toBe(theirs.has(page));
    }),
    { seed: 2 },
  );
});

test('spans join to the pages that they hold, ascending and apart', () => {
  const span = fc.record({ first: fc.integer({ min: 0, max: 40_000 }), pages: fc.integer({ min: 0, max: 20_000 }) });
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), (spans) => {
      const wanted = new Uint8Array(60_001);
      for (const { first, pages } of spans) wanted.fill(1, first, first + pages);
      const found = new Uint8Array(60_001);
      let end = -1;
      for (const { first, pages } of joinSpans(spans)) {
        expect(first).toBeGreaterThan(end);
        end = first + pages;
        found.fill(1, first, end);
      }
      expect(found.findIndex((held, at) => held !== wanted[at])).toBe(-1);
    }),
    { numRuns: 60, seed: 2 },
  );
});

test('spans of any length, anywhere, are joined as such: 2^52 pages are one span', () => {
  const all = { first: 0, pages: 2 ** 52 };
  expect(joinSpans([all])).toEqual([all]);
  expect(
    joinSpans([
      { first: 2 ** 45, pages: 3 },
      { first: 2 ** 45 + 3, pages: 20_000 },
      { first: 7, pages: 1 },
    ]),
  ).toEqual([
    { first: 7, pages: 1 },
    { first: 2 ** 45, pages: 20_003 },
  ]);
  expect(joinSpans([{ first: 5, pages: -1 }])).toEqual([]);
});

test('the next page that is not in a set is found as one would look for it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ first: fc.integer({ min: 32_600, max: 33_000 }), pages: fc.nat({ max: 200 }) }), {
        maxLength: 5,
      }),
      fc.array(fc.integer({ min: 32_500, max: 33_300 })),
      (runs, asked) => {
        const set = new PageSet();
        for (const { first, pages } of runs) for (let page = 0; page < pages; page++) set.add(first + page);
        for (const from of asked) {
          let wanted = from;
          while (set.has(wanted)) wanted += 1;
          expect(set.nextAbsent(from)).toBe(wanted);
        }
      },
    ),
    { seed: 3 },
  );
});
