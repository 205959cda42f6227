import type { Range } from '@kexeckit/ioport';

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

/** Joins spans of pages, in any order, into ascending runs of neighbours. Page frame numbers are below 2^40. */
export function joinSpans(spans: Iterable<PageSpan>): PageSpan[] {
  const joined: { first: number; pages: number }[] = [];
  for (const key of packSpans(spans).sort()) {
    const first = Math.floor(key / SPAN_PAGES);
    const end = first + (key % SPAN_PAGES) + 1;
    const last = joined.at(-1);
    if (last !== undefined && first <= last.first + last.pages) last.pages = Math.max(last.pages, end - last.first);
    else joined.push({ first, pages: end - first });
  }
  return joined;
}

function packSpans(spans: Iterable<PageSpan>): Float64Array {
  let keys = new Float64Array(1024);
  let count = 0;
  for (const { first, pages } of spans) {
    for (let done = 0; done < pages; done += SPAN_PAGES) {
      if (count === keys.length) {
        const more = new Float64Array(2 * count);
        more.set(keys);
        keys = more;
      }
      keys[count] = (first + done) * SPAN_PAGES + Math.min(pages - done, SPAN_PAGES) - 1;
      count += 1;
    }
  }
  return keys.subarray(0, count);
}

/** `0x…` as people read addresses and page frame numbers. */
export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
