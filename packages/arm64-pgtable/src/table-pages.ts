import { PageTableError } from './error.ts';
import { hex } from './hex.ts';
import type { Shape } from './space.ts';

/**
 * Checks a page that is to hold a table.
 *
 * @throws PageTableError `EINVAL` for what is no page number, `ERANGE` for a page beyond the output size.
 */
export function checkTablePage(shape: Shape, page: number): void {
  if (!Number.isSafeInteger(page) || page < 0)
    throw new PageTableError('EINVAL', `${page} is not a page number`, 'give whole numbers', { page });
  if (page >= shape.outputPages)
    throw new PageTableError('ERANGE', `table page ${hex(page)} is beyond the output size`, 'give pages below it', {
      page,
    });
}

/**
 * Checks the first `count` pages of those that were given for tables.
 *
 * @throws PageTableError as {@link checkTablePage}, `ENOMEM` where there are fewer, `EINVAL` where one is given twice.
 */
export function checkTablePages(shape: Shape, pages: ArrayLike<number>, count: number): void {
  if (!(pages.length >= count)) throw tooFew(pages);
  // They mostly come in ascending order, where no set is needed to know that they differ.
  let last = -1;
  let seen: Set<number> | undefined;
  for (let index = 0; index < count; index++) {
    const page = pages[index] ?? Number.NaN;
    checkTablePage(shape, page);
    if (seen === undefined && page <= last) seen = firstOf(pages, index);
    if (seen?.has(page)) throw givenTwice(page);
    seen?.add(page);
    last = page;
  }
}

export function tooFew({ length }: ArrayLike<number>): PageTableError {
  return new PageTableError('ENOMEM', `the tables take more than ${length} pages`, 'give as many as countTables says');
}

function firstOf(pages: ArrayLike<number>, count: number): Set<number> {
  const first = new Set<number>();
  for (let index = 0; index < count; index++) first.add(pages[index] ?? Number.NaN);
  return first;
}

export function givenTwice(page: number): PageTableError {
  return new PageTableError('EINVAL', `table page ${hex(page)} is given twice`, 'give each page once', { page });
}
