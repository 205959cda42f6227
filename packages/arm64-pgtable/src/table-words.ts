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
  if (arena !== undefined && isAllIn(arena, shape, pages)) return arena;
  const all = pages.map((page) => memory.page(page));
  // Only when nothing is asked any more: what was given first may have been taken away since.
  for (let index = 0; index < all.length; index++) checkWords(shape, pages[index] ?? 0, all[index]);
  checkApart(pages, all);
  return all;
}

/** Whether whole tables lie in the words of an arena, whose buffer may have been taken away or become smaller. */
function isAllIn(arena: TableArena, shape: Shape, pages: readonly number[]): boolean {
  const { firstPage, pageWords, words } = arena;
  const behind = firstPage + Math.min(arena.pages.length, Math.floor(words.length / pageWords));
  return pageWords === 2 * shape.entries && pages.every((page) => page >= firstPage && page < behind);
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
function checkApart(pages: readonly number[], tables: readonly Uint32Array[]): void {
  /** Places by their buffer; of a buffer that is one table, itself. */
  const parts = new Map<ArrayBufferLike, Set<number>>();
  const seen = new Set<ArrayBufferLike>();
  for (const [index, { buffer, byteOffset, byteLength }] of tables.entries()) {
    const isWhole = byteLength === buffer.byteLength;
    const taken = isWhole ? undefined : (parts.get(buffer) ?? new Set());
    if (taken === undefined ? seen.has(buffer) : taken.has(byteOffset)) throw sharedWords(pages[index] ?? 0);
    if (taken === undefined) seen.add(buffer);
    else parts.set(buffer, taken.add(byteOffset));
  }
}

const sharedWords = (page: number): PageTableError =>
  new PageTableError(
    'EINVAL',
    `table page ${hex(page)} has the words of another one`,
    'give each page words of its own',
    { page },
  );

/** Or by their tag: words from another realm, that of a frame or of a sandbox, are of another class. */
const isWords = (words: unknown): words is Uint32Array =>
  words instanceof Uint32Array || Object.prototype.toString.call(words) === '[object Uint32Array]';
