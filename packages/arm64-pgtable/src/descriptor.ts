import { PageTableError } from './error.ts';
import { hex } from './hex.ts';
import { needObject } from './needed.ts';
import type { Shape } from './space.ts';

/** One descriptor as 32-bit halves. */
export interface DescriptorHalves {
  readonly low: number;
  readonly high: number;
}

/** Where tables are read from: an entry of a table, by the table's page number. `undefined`: nothing is there. */
export interface DescriptorSource {
  descriptor(table: number, index: number): DescriptorHalves | undefined;
  /**
   * The words of a whole table, little-endian halves of its descriptors, where the source has them at hand: what reads much
   * asks for these first. `undefined`: nothing is there. They are kept, and read again and again: what they say may change, but
   * they are not to become another table's.
   */
  tableWords?(table: number): Uint32Array | undefined;
}

/** The memory that tables lie in, by page number (physical address / granule). */
export interface TableMemory {
  /** The words of a page, little-endian halves of its descriptors: granule / 4 of them, no page's the words of another. */
  page(page: number): Uint32Array;
}

/** Descriptor types, bits 1:0. */
export const TABLE_OR_PAGE = 3;
export const BLOCK = 1;

/** The bits of an output page in the low half, bits 51:50 (LPA2) or 51:48 (LPA) included. */
export function lowOfPage(shape: Shape, page: number): number {
  const low = page << shape.pageShift;
  if (shape.format === 'LPA2') return low | (Math.floor(page / shape.lowPages / 2 ** 18) << 8);
  if (shape.format === 'LPA') return low | (Math.floor(page / shape.lowPages / 2 ** 16) << 12);
  return low;
}

/** The bits of an output page in the high half. */
export function highOfPage(shape: Shape, page: number): number {
  if (page < shape.lowPages) return 0;
  return (page / shape.lowPages) & (shape.format === 'LPA2' ? 0x3ffff : 0xffff);
}

/** The output page of a descriptor. */
export function outputPage(shape: Shape, low: number, high: number): number {
  const page = (low >>> shape.pageShift) + (high & 0xffff) * shape.lowPages;
  if (shape.format === 'VMSAv8-64') return page;
  if (shape.format === 'LPA') return page + ((low >>> 12) & 15) * 2 ** 16 * shape.lowPages;
  return page + (((high >>> 16) & 3) * 2 ** 16 + ((low >>> 8) & 3) * 2 ** 18) * shape.lowPages;
}

/** Reads the tables that were built in a memory. Where that has no such page nothing is there. */
export function sourceOf(memory: TableMemory): DescriptorSource {
  needObject('memory', memory);
  const tableWords = (table: number): Uint32Array | undefined => {
    try {
      return memory.page(table);
    } catch (error) {
      if (error instanceof PageTableError && error.code === 'ERANGE') return undefined;
      throw error;
    }
  };
  return {
    descriptor(table, index) {
      const words = tableWords(table);
      return words && { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
    },
    tableWords,
  };
}

/**
 * The words of a table, for reading: those of the source itself where it has them, else a copy; `undefined` where it cannot be
 * read to the end.
 */
export function wordsAt(source: DescriptorSource, table: number, entries: number): Uint32Array | undefined {
  if (source.tableWords !== undefined) return source.tableWords(table);
  const words = new Uint32Array(2 * entries);
  for (let index = 0; index < entries; index++) {
    const descriptor = source.descriptor(table, index);
    if (descriptor === undefined) return undefined;
    words[2 * index] = descriptor.low;
    words[2 * index + 1] = descriptor.high;
  }
  return words;
}

/** One piece of memory for tables, the first page at `firstPage`: what walks and builds do not ask for page by page. */
export class TableArena implements TableMemory, DescriptorSource {
  /** Page numbers of the arena, for `buildTables`. */
  readonly pages: readonly number[];
  /** All of it, a page after the other. */
  readonly words: Uint32Array;
  /** Number of the first page. */
  readonly firstPage: number;
  /** 32-bit words of a page. */
  readonly pageWords: number;
  readonly #views: readonly Uint32Array[];

  /**
   * @param pageWords 32-bit words of a page: granule / 4.
   * @param words memory to use, `count * pageWords` of them; fresh memory by default.
   * @throws PageTableError `EINVAL` for numbers that are not whole and for less memory than that, `ENOMEM` where the host has none.
   */
  constructor(firstPage: number, count: number, pageWords: number, words: Uint32Array = freshWords(count, pageWords)) {
    checkArena(firstPage, count, pageWords, words);
    this.firstPage = firstPage;
    this.pageWords = pageWords;
    this.words = words;
    this.pages = Array.from({ length: count }, (_, index) => firstPage + index);
    this.#views = this.pages.map((_, index) => words.subarray(index * pageWords, (index + 1) * pageWords));
  }

  /** @throws PageTableError `ERANGE` for a page that is not the arena's. */
  page(page: number): Uint32Array {
    const view = this.#views[page - this.firstPage];
    if (view === undefined)
      throw new PageTableError('ERANGE', `page ${hex(page)} is not in the arena`, 'take one of its pages', { page });
    return view;
  }

  descriptor(table: number, index: number): DescriptorHalves | undefined {
    const view = this.#views[table - this.firstPage];
    return view && { low: view[2 * index] ?? 0, high: view[2 * index + 1] ?? 0 };
  }

  tableWords(table: number): Uint32Array | undefined {
    return this.#views[table - this.firstPage];
  }
}

/** A memory that is an arena and reads as one: its words can be had without asking for each table. */
export function plainArena(memory: DescriptorSource | TableMemory): TableArena | undefined {
  const { page, descriptor, tableWords } = TableArena.prototype;
  const isPlain =
    memory instanceof TableArena &&
    memory.page === page &&
    memory.descriptor === descriptor &&
    memory.tableWords === tableWords;
  return isPlain ? memory : undefined;
}

function checkArena(firstPage: number, count: number, pageWords: number, words: Uint32Array): void {
  needObject('array of words', words);
  checkCount(count);
  if (!Number.isSafeInteger(firstPage) || firstPage < 0 || !Number.isSafeInteger(pageWords) || pageWords <= 0)
    throw new PageTableError(
      'EINVAL',
      `an arena cannot start at page ${firstPage} with pages of ${pageWords} words`,
      'give a page number, and granule / 4',
      { page: firstPage },
    );
  if (words.length < count * pageWords)
    throw new PageTableError(
      'EINVAL',
      `${words.length} words are too few for ${count} pages of ${pageWords}`,
      'give as many as the pages have',
    );
}

function checkCount(count: number): void {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new PageTableError('EINVAL', `an arena cannot have ${count} pages`, 'give a whole number');
}

function freshWords(count: number, pageWords: number): Uint32Array {
  checkCount(count);
  try {
    return new Uint32Array(count * pageWords);
  } catch (cause) {
    throw new PageTableError('ENOMEM', `there is no room for ${count} pages`, 'take fewer', { cause });
  }
}
