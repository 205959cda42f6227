import type { Range } from '@kexeckit/ioport';
import type { PageAllocator } from './allocator.ts';
import { wholePages } from './page.ts';

/** A page allocator that hands out the pages of a range one after the other, as a loader lays out a segment. */
export function rowAllocator(range: Range): PageAllocator {
  const { first, pages } = wholePages(range);
  let next = first;
  return {
    allocate(order) {
      if (order !== 0 || next >= first + pages) return undefined;
      next += 1;
      return next - 1;
    },
    free() {},
  };
}
