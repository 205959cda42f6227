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
export function wordsOfTables(shape: Shape, pages: Float64Array, memory: TableMemory): TableWords {
  const arena = plainArena(memory);
  if (arena !== undefined && isAllIn(arena, shape, pages)) return arena;
  return askForWords(Array.from(pages), memory, 2 * shape.entries);
}

/**
 * The words of the pages of tables whose granule nobody said: all have the size of the first, if that is one of a granule.
 *
 * @throws PageTableError as {@link wordsOfTables}.
 */
export function wordsOfPages(pages: readonly number[], memory: TableMemory): readonly Uint32Array[] {
  return askForWords(pages, memory, undefined);
}

/** Words of a table in each granule: 4K, 16K, 64K. */
const LENGTHS = [1024, 4096, 16384] as const;

function askForWords(
  pages: readonly number[],
  memory: TableMemory,
  length: number | undefined,
): readonly Uint32Array[] {
  const all = pages.map((page) => memory.page(page));
  // Only when nothing is asked any more: what was given first may have been taken away since.
  const expected = length ?? LENGTHS.find((words) => words === lengthOf(all[0])) ?? LENGTHS[0];
  for (let index = 0; index < all.length; index++) checkWords(expected, pages[index] ?? 0, all[index]);
  checkApart(pages, all);
  return all;
}

/** Places in an arena that are told by integers of 32 bits. */
const ARENA_WORDS_MAX = 2 ** 31;

/** Whether whole tables lie in the words of an arena, whose buffer may have been taken away or become smaller. */
function isAllIn(arena: TableArena, shape: Shape, pages: Float64Array): boolean {
  const { firstPage, pageWords, words } = arena;
  const behind = firstPage + Math.min(arena.pages.length, Math.floor(words.length / pageWords));
  if (pageWords !== 2 * shape.entries || words.length > ARENA_WORDS_MAX) return false;
  for (let index = 0; index < pages.length; index++) {
    const page = pages[index] ?? 0;
    if (!(page >= firstPage && page < behind)) return false;
  }
  return true;
}

const lengthOf = (words: unknown): number => (isWords(words) ? words.length : 0);

function checkWords(expected: number, page: number, words: unknown): void {
  const length = lengthOf(words);
  if (length === expected) return;
  throw new PageTableError(
    'EINVAL',
    `table page ${hex(page)} has ${length} words, not ${expected}`,
    `give pages of ${expected / 256}K, each a Uint32Array`,
    { page },
  );
}

/** A memory that has the same words for two pages would make one table of both. */
function checkApart(pages: readonly number[], tables: readonly Uint32Array[]): void {
  const seen = new Set<ArrayBufferLike>();
  /** Of a buffer with several tables: by the table's size that they begin in, where they begin. */
  const parts = new Map<ArrayBufferLike, Map<number, number>>();
  for (const [index, { buffer, byteOffset, byteLength }] of tables.entries()) {
    if (byteLength === buffer.byteLength) {
      if (seen.has(buffer)) throw sharedWords(pages[index] ?? 0);
      seen.add(buffer);
      continue;
    }
    const others = parts.get(buffer) ?? new Map<number, number>();
    const place = Math.floor(byteOffset / byteLength);
    // Two that begin in the same stretch overlap; in neighbouring ones they may.
    for (const near of [place - 1, place, place + 1])
      if (Math.abs((others.get(near) ?? Number.POSITIVE_INFINITY) - byteOffset) < byteLength)
        throw sharedWords(pages[index] ?? 0);
    parts.set(buffer, others.set(place, byteOffset));
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
