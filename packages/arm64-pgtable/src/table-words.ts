import { plainArena, type TableArena, type TableMemory } from './descriptor.ts';
import { PageTableError } from './error.ts';
import { hex } from './hex.ts';
import type { Shape } from './space.ts';

/** Where tables are written: an arena that has all of their pages, or the words of each in their order. */
export type TableWords = TableArena | readonly Uint32Array[];

/**
 * The words of tables, each page of the memory asked for once: what it says later changes nothing.
 *
 * @param pages their page numbers.
 * @throws PageTableError `EINVAL` for a page of another size than tables, without words of 32 bits or with those of another
 * page; and what the memory throws for a page that it does not have.
 */
export function wordsOfTables(shape: Shape, pages: readonly number[], memory: TableMemory): TableWords {
  const arena = plainArena(memory);
  if (arena !== undefined && pages.every((page) => isIn(arena, shape, page))) return arena;
  const all = pages.map((page) => memory.page(page));
  // Only when nothing is asked any more: what was given first may have been taken away since.
  for (const [index, words] of all.entries()) checkWords(shape, pages[index] ?? 0, words);
  checkApart(pages, all);
  return all;
}

/** Whether a whole page lies in the words of an arena, whose buffer may have been taken away or become smaller. */
function isIn({ firstPage, pages, pageWords, words }: TableArena, shape: Shape, page: number): boolean {
  const index = page - firstPage;
  const isThere = index >= 0 && index < pages.length && (index + 1) * pageWords <= words.length;
  return isThere && pageWords === 2 * shape.entries;
}

function checkWords({ entries, granule }: Shape, page: number, words: unknown): void {
  const length = isWords(words) ? words.length : 0;
  if (length === 2 * entries) return;
  throw new PageTableError(
    'EINVAL',
    `table page ${hex(page)} has ${length} words, not ${2 * entries}`,
    `give pages of ${granule}, each a Uint32Array`,
    { page },
  );
}

/** A memory that has the same words for two pages would make one table of both. */
function checkApart(pages: readonly number[], words: readonly Uint32Array[]): void {
  const places = new Map<ArrayBufferLike, Set<number>>();
  for (const [index, { buffer, byteOffset }] of words.entries()) {
    const taken = places.get(buffer) ?? new Set();
    if (taken.has(byteOffset)) throw sharedWords(pages[index] ?? 0);
    places.set(buffer, taken.add(byteOffset));
  }
}

const sharedWords = (page: number): PageTableError =>
  new PageTableError(
    'EINVAL',
    `table page ${hex(page)} has the words of another one`,
    'give each page words of its own',
    { page },
  );

/** By their tag: words from another realm, that of a frame or of a sandbox, are of another class. */
const isWords = (words: unknown): words is Uint32Array =>
  Object.prototype.toString.call(words) === '[object Uint32Array]';
