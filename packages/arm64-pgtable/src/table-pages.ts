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
  if (!(pages.length >= count))
    throw new PageTableError(
      'ENOMEM',
      `the tables take more than ${pages.length} pages`,
      'give as many as countTables says',
    );
  const seen = new PageSet();
  for (let index = 0; index < count; index++) {
    const page = pages[index] ?? Number.NaN;
    checkTablePage(shape, page);
    if (seen.add(page)) continue;
    throw givenTwice(page);
  }
}

export function givenTwice(page: number): PageTableError {
  return new PageTableError('EINVAL', `table page ${hex(page)} is given twice`, 'give each page once', { page });
}

/** Pages that were seen. They mostly come in ascending order, where no set is needed to know that they differ. */
class PageSet {
  readonly #ascending: number[] = [];
  #set: Set<number> | undefined;

  /** False for a page that is in it already. */
  add(page: number): boolean {
    const last = this.#ascending.at(-1);
    if (this.#set === undefined && (last === undefined || last < page)) {
      this.#ascending.push(page);
      return true;
    }
    this.#set ??= new Set(this.#ascending);
    const size = this.#set.size;
    return this.#set.add(page).size > size;
  }
}
