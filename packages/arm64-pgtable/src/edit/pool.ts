import { PageTableError } from '../error.ts';
import { hex } from '../hex.ts';
import type { Shape } from '../space.ts';
import { checkTablePage, givenTwice } from '../table-pages.ts';
import type { Census } from './census.ts';

/** Where an edit has its new tables from. */
export interface PageTaker {
  /** What was taken so far. */
  readonly takes: readonly number[];
  take(): number;
}

/** Pages that are no tables, as many as one likes: to see how many are taken. */
export class UnusedPages implements PageTaker {
  readonly takes: number[] = [];
  readonly #census: Pick<Census, 'isTable'>;
  #next: number;

  constructor(shape: Shape, census: Pick<Census, 'isTable'>) {
    this.#census = census;
    this.#next = shape.outputPages;
  }

  take(): number {
    do this.#next -= 1;
    while (this.#census.isTable(this.#next));
    this.takes.push(this.#next);
    return this.#next;
  }
}

/** The pages that an edit may take for new tables, in order. */
export class Pool implements PageTaker {
  readonly takes: number[] = [];
  readonly #shape: Shape;
  readonly #pages: ArrayLike<number>;
  readonly #isTable: (page: number) => boolean;
  readonly #taken = new Set<number>();

  /** @param isTable whether a page is a table before the edit. */
  constructor(shape: Shape, pages: ArrayLike<number>, isTable: (page: number) => boolean) {
    this.#shape = shape;
    this.#pages = pages;
    this.#isTable = isTable;
  }

  /**
   * The next page.
   *
   * @throws PageTableError `ENOMEM` where there is none, `EBUSY` for a table that is in use, `EINVAL` or `ERANGE` for
   * what no new table can be in.
   */
  take(): number {
    const page = this.#pages[this.takes.length];
    if (page === undefined)
      throw new PageTableError(
        'ENOMEM',
        `the edit takes more than ${this.#pages.length} tables`,
        'give as many as tablesForEdit says',
      );
    checkTablePage(this.#shape, page);
    if (this.#taken.has(page)) throw givenTwice(page);
    if (this.#isTable(page))
      throw new PageTableError('EBUSY', `page ${hex(page)} is a table in use`, 'give pages that hold nothing', {
        page,
      });
    this.#taken.add(page);
    this.takes.push(page);
    return page;
  }
}
