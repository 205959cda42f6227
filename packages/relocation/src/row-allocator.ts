import type { Range } from '@kexeckit/ioport';
import type { PageAllocator } from './allocator.ts';
import { wholePages } from './page.ts';

/**
 * A page allocator that hands out the pages of ranges one after the other, as a loader lays out a segment: what is taken in a
 * row lies in a row, as far as the ranges do.
 */
export function rowAllocator(ranges: readonly Range[]): PageAllocator {
  const spans = ranges.map(wholePages).filter(({ pages }) => pages > 0);
  let at = 0;
  let done = 0;
  return {
    allocate(order) {
      const span = spans[at];
      if (order !== 0 || span === undefined) return undefined;
      const pfn = span.first + done;
      done += 1;
      if (done === span.pages) {
        at += 1;
        done = 0;
      }
      return pfn;
    },
    free() {},
  };
}
