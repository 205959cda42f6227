import type { Range } from '@kexeckit/ioport';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { RelocationError } from './error.ts';
import { type PageSpan, wholePages } from './page.ts';
import { PageSet } from './page-set.ts';

/** Where pages come from while an image is loaded: blocks of 2^order pages, by first page frame number. */
export interface PageAllocator {
  /** The next free block, naturally aligned, or `undefined` when there is none left. */
  allocate(order: number): number | undefined;
  /** Gives a block back. */
  free(pfn: number, order: number): void;
}

/** Longest run of neighbouring pages that the scattered allocator hands out. */
const LONGEST_RUN = 32;

/**
 * A page allocator that scatters single pages over free RAM in short runs, as that of a long-running kernel does.
 *
 * The same ranges and seed always give the same pages. Pages that are freed are not handed out again, so that a
 * loader cannot be lucky.
 *
 * @param free ranges that nothing else owns.
 * @param seed any 32-bit integer.
 * @throws RelocationError `EINVAL` for another seed.
 */
export function scatteredAllocator(free: readonly Range[], seed: number): PageAllocator {
  checkSeed(seed);
  const ranges = free.map(wholePages).filter(({ pages }) => pages > 0);
  const starts = runningTotals(ranges);
  const total = starts.at(-1) ?? 0;
  const random = xoroshiro128plus(seed);
  const taken = new PageSet();
  let position = 0;
  let runLeft = 0;

  /** Positions count the free pages one after the other, whatever lies between their ranges. */
  function nextPosition(): number {
    if (runLeft === 0) {
      runLeft = uniformInt(random, 1, LONGEST_RUN);
      position = uniformInt(random, 0, total - 1);
    } else {
      position = (position + 1) % total;
    }
    position = taken.nextAbsent(position);
    if (position >= total) position = taken.nextAbsent(0);
    runLeft -= 1;
    return position;
  }

  return {
    allocate(order) {
      if (order !== 0 || taken.size >= total) return undefined;
      const found = nextPosition();
      taken.add(found);
      return pageAt(ranges, starts, found);
    },
    free() {},
  };
}

/** @throws RelocationError `EINVAL` for a seed that is not a 32-bit integer. */
export function checkSeed(seed: number): void {
  if (Number.isInteger(seed) && Math.abs(seed) < 2 ** 32) return;
  throw new RelocationError('EINVAL', `seed ${seed} is not a 32-bit integer`, 'give a whole number');
}

/** How many pages lie before each range, and the total at the end. */
function runningTotals(ranges: readonly PageSpan[]): number[] {
  const totals = [0];
  for (const { pages } of ranges) totals.push((totals.at(-1) ?? 0) + pages);
  return totals;
}

function pageAt(ranges: readonly PageSpan[], starts: readonly number[], position: number): number {
  let low = 0;
  let high = ranges.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return (ranges[low]?.first ?? 0) + position - (starts[low] ?? 0);
}
