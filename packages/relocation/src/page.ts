import type { Range } from '@kexeckit/ioport';

/** Bytes in a page: plans use 4 KiB pages, as the kernels do whose entry lists these are. */
export const PAGE_SIZE = 4096;

/** The page frame number of an address. */
export const pfnOf = (address: bigint): number => Number(address >> 12n);
/** The physical address of a page frame. */
export const addressOf = (pfn: number): bigint => BigInt(pfn) * 4096n;

/** Whole pages, by frame number; `last` is inclusive. */
export interface PfnRange {
  readonly first: number;
  readonly last: number;
}

/** The whole pages inside a range of addresses; empty where it holds none. */
export function wholePages({ start, end }: Range): PfnRange {
  return { first: pfnOf(start + 4095n), last: pfnOf(end + 1n) - 1 };
}

/** Pages as a range of addresses. */
export function rangeOfPages(first: number, pages: number): Range {
  return { start: addressOf(first), end: addressOf(first + pages) - 1n };
}

/** Joins page frame numbers, in any order, into ascending runs of neighbours. */
export function joinPages(pfns: Iterable<number>): { first: number; pages: number }[] {
  const runs: { first: number; pages: number }[] = [];
  for (const pfn of Float64Array.from(pfns).sort()) {
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.pages === pfn) last.pages += 1;
    else runs.push({ first: pfn, pages: 1 });
  }
  return runs;
}

/** `0x…` as people read addresses. */
export const hex = (value: bigint): string => `0x${value.toString(16)}`;
