import { TableArena } from './descriptor.ts';
import { ENTRY, ROW, type StoreLists, type WordList } from './store-lists.ts';
import type { TableWords } from './table-words.ts';

/**
 * Makes the stores of lists, in tables that are zeroed. Leaves by themselves: most miss the cache, and as many as there is room
 * for wait for memory together where little else is stored between them.
 *
 * @param to the words of the lists' tables.
 */
export function writeLists(lists: StoreLists, to: TableWords): void {
  const { links, leaves, rows } = lists;
  if (to instanceof TableArena) {
    const bases = basesOf(lists.pages, to);
    entriesInArena(links, bases, to.words);
    entriesInArena(leaves, bases, to.words);
    rowsInArena(rows, bases, to.words);
    return;
  }
  entriesInPages(links, to);
  entriesInPages(leaves, to);
  rowsInPages(rows, to);
}

/** Where the words of each table begin: integers, which the loops are twice as fast with. */
function basesOf(pages: Float64Array, { firstPage, pageWords }: TableArena): Int32Array {
  const bases = new Int32Array(pages.length);
  for (let table = 0; table < bases.length; table++) bases[table] = ((pages[table] ?? 0) - firstPage) * pageWords;
  return bases;
}

function entriesInArena({ words: list, used }: WordList, bases: Int32Array, words: Uint32Array): void {
  for (let at = 0; at < used; at += ENTRY) storeEntry(list, at, words, bases[list[at] ?? 0] ?? 0);
}

function rowsInArena({ words: list, used }: WordList, bases: Int32Array, words: Uint32Array): void {
  for (let at = 0; at < used; at += ROW) storeRow(list, at, words, bases[list[at] ?? 0] ?? 0);
}

function entriesInPages({ words: list, used }: WordList, tables: readonly Uint32Array[]): void {
  for (let at = 0; at < used; at += ENTRY) storeEntry(list, at, tables[list[at] ?? 0] ?? NO_WORDS, 0);
}

function rowsInPages({ words: list, used }: WordList, tables: readonly Uint32Array[]): void {
  for (let at = 0; at < used; at += ROW) storeRow(list, at, tables[list[at] ?? 0] ?? NO_WORDS, 0);
}

const NO_WORDS = new Uint32Array();

/** Stores an entry of a list, into the table whose words begin at `base`. */
function storeEntry(list: Int32Array, at: number, words: Uint32Array, base: number): void {
  const to = base + 2 * (list[at + 1] ?? 0);
  words[to] = list[at + 2] ?? 0;
  words[to + 1] = list[at + 3] ?? 0;
}

/** Stores a row of a list, into the table whose words begin at `base`. */
function storeRow(list: Int32Array, at: number, words: Uint32Array, base: number): void {
  const from = base + 2 * (list[at + 1] ?? 0);
  fill(words, from, from + 2 * (list[at + 4] ?? 0), list[at + 2] ?? 0, list[at + 3] ?? 0, list[at + 5] ?? 0);
}

/** The loop that takes the time of a dense map: two stores and an addition with carry for each descriptor. */
function fill(words: Uint32Array, from: number, to: number, low: number, high: number, step: number): void {
  let next = low;
  let above = high;
  for (let at = from; at < to; at += 2) {
    words[at] = next;
    words[at + 1] = above;
    const sum = (next + step) | 0;
    if (sum >>> 0 < next >>> 0) above++;
    next = sum;
  }
}
