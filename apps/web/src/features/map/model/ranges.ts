import { type Range, rangeSize } from '@kexeckit/ioport';
import { addressOf, pfnOf } from '@kexeckit/relocation';

/** Whole pages that a range touches. */
export const pagesOf = ({ start, end }: Range): number => pfnOf(end) - pfnOf(start) + 1;

/** The addresses of pages, both ends included. */
export const rangeOfPages = (first: number, last: number = first): Range => ({
  start: addressOf(first),
  end: addressOf(last + 1) - 1n,
});

/** Bytes in a range, as a number. */
export const rangeBytes = (range: Range): number => Number(rangeSize(range));
