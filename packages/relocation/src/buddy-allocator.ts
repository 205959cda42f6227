import type { Range } from '@kexeckit/ioport';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { checkSeed, type PageAllocator } from './allocator.ts';
import { RelocationError } from './error.ts';
import { FREE_BLOCKS_MAX } from './limits.ts';
import { type PageSpan, wholePages } from './page.ts';

/** The largest block: 2^10 pages, 4 MiB (MAX_PAGE_ORDER with 4 KiB pages). */
const MAX_ORDER = 10;

/** How a machine's free memory looks. */
export interface BuddyOptions {
  /** Any 32-bit integer. */
  readonly seed: number;
  /** The share of all 4 MiB blocks that is broken up: 0 after boot, 1 where no 4 MiB block is free. */
  readonly fragmentation: number;
  /** A broken block is left with free blocks of one order, drawn from 0 to this one; by default any that is smaller. */
  readonly largestLeft?: number;
}

/**
 * A page allocator as that of Linux gives pages out: from the shortest free block that is long enough, halved as needed,
 * the lower half first.
 *
 * A broken block has one of every two buddies in use, so that none can be joined. The same ranges and options always
 * give the same pages. Blocks that are freed are given out again first, and are not joined with their buddies.
 *
 * @param free ranges that nothing else owns.
 * @throws RelocationError `EINVAL` for options out of their range, and for free memory of more than 16 TiB, or of fewer
 * bytes in too many ranges: every free block stands in a list.
 */
export function buddyAllocator(free: readonly Range[], options: BuddyOptions): PageAllocator {
  checkOptions(options);
  checkBlocks(free);
  const lists = freeLists(free.map(wholePages), options);

  /** The last block of the shortest order that is long enough; its upper halves go back. */
  function take(order: number): number | undefined {
    for (let from = order; from <= MAX_ORDER; from++) {
      const pfn = lists[from]?.pop();
      if (pfn === undefined) continue;
      for (let half = from - 1; half >= order; half--) lists[half]?.push(pfn + 2 ** half);
      return pfn;
    }
    return undefined;
  }

  return {
    allocate: (order) => take(order),
    free(pfn, order) {
      lists[order]?.push(pfn);
    },
  };
}

function checkOptions({ seed, fragmentation, largestLeft = 0 }: BuddyOptions): void {
  checkSeed(seed);
  if (!(fragmentation >= 0 && fragmentation <= 1))
    throw new RelocationError('EINVAL', `fragmentation ${fragmentation} is not a share`, 'give a number from 0 to 1');
  if (!Number.isInteger(largestLeft) || largestLeft < 0 || largestLeft >= MAX_ORDER)
    throw new RelocationError(
      'EINVAL',
      `${largestLeft} is not the order of a part of a block`,
      `give 0 to ${MAX_ORDER - 1}`,
    );
}

/** A range has a block for each 4 MiB, and at its ends two for each smaller order. */
function checkBlocks(free: readonly Range[]): void {
  const whole = free.reduce((sum, range) => sum + wholePages(range).pages, 0) / 2 ** MAX_ORDER;
  if (whole + free.length <= FREE_BLOCKS_MAX) return;
  throw new RelocationError(
    'EINVAL',
    `${free.length} ranges of free memory have more than ${FREE_BLOCKS_MAX} blocks`,
    'give less memory, or use scatteredAllocator',
  );
}

/** The free blocks of each order, in the order of a machine that has been running: none. */
function freeLists(ranges: readonly PageSpan[], { seed, fragmentation, largestLeft }: BuddyOptions): number[][] {
  const random = xoroshiro128plus(seed);
  const lists: number[][] = Array.from({ length: MAX_ORDER + 1 }, () => []);
  for (const { first, pages } of ranges) {
    for (let pfn = first; pfn < first + pages; ) {
      const order = largestBlock(pfn, first + pages);
      if (order === MAX_ORDER && uniformFloat64(random) < fragmentation)
        breakUp(lists, pfn, uniformInt(random, 0, largestLeft ?? MAX_ORDER - 1), random);
      else lists[order]?.push(pfn);
      pfn += 2 ** order;
    }
  }
  for (const list of lists) shuffle(list, random);
  return lists;
}

/** The order of the largest aligned block that starts at a page and ends before another. */
function largestBlock(pfn: number, end: number): number {
  let order = MAX_ORDER;
  while (pfn % 2 ** order !== 0 || pfn + 2 ** order > end) order -= 1;
  return order;
}

/** Leaves one block of each two buddies of an order free. */
function breakUp(lists: readonly number[][], pfn: number, order: number, random: RandomGenerator): void {
  for (let pair = pfn; pair < pfn + 2 ** MAX_ORDER; pair += 2 ** (order + 1))
    lists[order]?.push(pair + uniformInt(random, 0, 1) * 2 ** order);
}

function shuffle(list: number[], random: RandomGenerator): void {
  for (let at = list.length - 1; at > 0; at--) {
    const other = uniformInt(random, 0, at);
    const [a = 0, b = 0] = [list[at], list[other]];
    list[at] = b;
    list[other] = a;
  }
}
