import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { spanFinder } from './span-finder.ts';

const span = fc.record({ first: fc.integer({ min: 0, max: 60 }), pages: fc.integer({ min: 1, max: 8 }) });

test('finds the first span that holds a page, whether spans overlap or not, in any order of asking', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 6 }), fc.array(fc.integer({ min: 0, max: 70 })), (spans, asked) => {
      const find = spanFinder(spans);
      for (const pfn of asked) {
        const wanted = spans.find(({ first, pages }) => first <= pfn && pfn < first + pages);
        expect(find(pfn)).toBe(wanted);
      }
    }),
    { seed: 4 },
  );
});
