import { PageTableError } from './error.ts';
import { hex } from './hex.ts';
import { joinedTables, type Shape } from './space.ts';

/**
 * Checks a page that is to hold a table.
 *
 * @throws PageTableError `EINVAL` for what is no page number, `ERANGE` for a page beyond the output size.
 */
export function checkTablePage(shape: Shape, page: number): void {
  if (!Number.isSafeInteger(page) || page < 0) throw noPageNumber(page);
  if (page >= shape.outputPages)
    throw new PageTableError('ERANGE', `table page ${hex(page)} is beyond the output size`, 'give pages below it', {
      page,
    });
}

/**
 * Checks the page of a root: where several are joined they lie in a row, from a multiple of their size on.
 *
 * @param first the page of the first of them.
 * @throws PageTableError `EINVAL` for a page that cannot be root number `index`.
 */
export function checkRootPage(shape: Shape, first: number, index: number, page: number): void {
  const joined = joinedTables(shape);
  if (joined === 1 || (page === first + index && first % joined === 0)) return;
  throw new PageTableError(
    'EINVAL',
    `table page ${hex(page)} cannot be number ${index} of ${joined} joined tables`,
    `let pages start with ${joined} in a row, the first a multiple of ${joined}`,
    { page },
  );
}

/**
 * Checks the pages of all tables.
 *
 * @throws PageTableError as {@link checkTablePage}, `EINVAL` where one is given twice.
 */
export function checkTablePages(shape: Shape, pages: Float64Array): void {
  // They mostly come in ascending order, where nothing more is needed to know that they differ.
  if (!areAscending(pages, shape.outputPages)) checkOneByOne(shape, pages);
}

/** Whether these are page numbers below an end, each greater than the one before. */
function areAscending(pages: Float64Array, end: number): boolean {
  let last = -1;
  for (let index = 0; index < pages.length; index++) {
    const page = pages[index] ?? 0;
    if (!(page > last && page < end && Math.floor(page) === page)) return false;
    last = page;
  }
  return true;
}

function checkOneByOne(shape: Shape, pages: Float64Array): void {
  const seen = new Set<number>();
  for (const page of pages) {
    checkTablePage(shape, page);
    if (seen.has(page)) throw givenTwice(page);
    seen.add(page);
  }
}

export function noPageNumber(page: unknown): PageTableError {
  const details = typeof page === 'number' ? { page } : {};
  return new PageTableError('EINVAL', `${String(page)} is not a page number`, 'give whole numbers', details);
}

export function tooFew(pages: number): PageTableError {
  return new PageTableError('ENOMEM', `the tables take more than ${pages} pages`, 'give as many as countTables says');
}

export function givenTwice(page: number): PageTableError {
  return new PageTableError('EINVAL', `table page ${hex(page)} is given twice`, 'give each page once', { page });
}
