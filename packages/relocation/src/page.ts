import type { Range } from '@kexeckit/ioport';
import { PAGE_FRAMES } from './limits.ts';

/** Bytes in a page: plans use 4 KiB pages, as the kernels do whose entry lists these are. */
export const PAGE_SIZE = 4096;
/** The same, to reckon with addresses. */
export const PAGE = 4096n;

/** Sizes in bytes. */
export const MIB: bigint = 1n << 20n;
export const MIB2: bigint = 2n << 20n;
export const GIB: bigint = 1n << 30n;

/** The page frame number of an address. */
export const pfnOf = (address: bigint): number => Number(address >> 12n);
/** The physical address of a page frame. */
export const addressOf = (pfn: number): bigint => BigInt(pfn) * PAGE;

/** Neighbouring pages: the page frame number of the first, and how many there are. */
export interface PageSpan {
  readonly first: number;
  readonly pages: number;
}

/** The whole pages inside a range of addresses; none where it holds none. */
export function wholePages({ start, end }: Range): PageSpan {
  const first = pfnOf(start + PAGE - 1n);
  return { first, pages: Math.max(0, pfnOf(end + 1n) - first) };
}

/** Pages as a range of addresses. */
export function rangeOfPages(first: number, pages = 1): Range {
  return { start: addressOf(first), end: addressOf(first + pages) - 1n };
}

/** Spans are sorted as one double each: the page frame number (40 bits at most, Arm ARM D8.1) above 13 bits of length. */
const SPAN_PAGES = 2 ** 13;

/** A run of pages that still grows. */
interface GrowingSpan {
  readonly first: number;
  pages: number;
}

/** Joins spans of pages, in any order, into ascending runs of neighbours. Takes O(n log n), however long they are. */
export function joinSpans(spans: Iterable<PageSpan>): PageSpan[] {
  const { keys, others } = packSpans(spans);
  const joined: GrowingSpan[] = [];
  let at = 0;
  for (const key of keys.sort()) {
    const first = Math.floor(key / SPAN_PAGES);
    for (let other = others[at]; other !== undefined && other.first < first; other = others[at]) {
      joinSpan(joined, other.first, other.first + other.pages);
      at += 1;
    }
    joinSpan(joined, first, first + (key % SPAN_PAGES) + 1);
  }
  for (const { first, pages } of others.slice(at)) joinSpan(joined, first, first + pages);
  return joined;
}

/** Adds a span that starts no earlier than those before it. */
function joinSpan(joined: GrowingSpan[], first: number, end: number): void {
  const last = joined.at(-1);
  if (last !== undefined && first <= last.first + last.pages) last.pages = Math.max(last.pages, end - last.first);
  else joined.push({ first, pages: end - first });
}

/** Spans as doubles, and those that do not fit one: longer ones, and what lies beyond all memory. Those ascend. */
function packSpans(spans: Iterable<PageSpan>): { readonly keys: Float64Array; readonly others: PageSpan[] } {
  let keys = new Float64Array(1024);
  let count = 0;
  const others: PageSpan[] = [];
  for (const span of spans) {
    const { first, pages } = span;
    if (pages <= 0) continue;
    if (pages > SPAN_PAGES || first >= PAGE_FRAMES) {
      others.push(span);
      continue;
    }
    if (count === keys.length) {
      const more = new Float64Array(2 * count);
      more.set(keys);
      keys = more;
    }
    keys[count] = first * SPAN_PAGES + pages - 1;
    count += 1;
  }
  return { keys: keys.subarray(0, count), others: others.sort((a, b) => a.first - b.first) };
}

/** `0x…` as people read addresses and page frame numbers. */
export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
