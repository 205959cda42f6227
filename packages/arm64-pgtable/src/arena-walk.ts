import { highOfPage, lowOfPage, type TableArena } from './descriptor.ts';
import { AF } from './descriptor-bits.ts';
import { joinedTables, type Shape, type Space, spanOf } from './space.ts';

/**
 * What a walk in an arena has worked out before it starts, so that it takes integers of 32 bits and nothing else: the
 * arena's words are indexed by the bits of descriptors as they are.
 */
export interface ArenaWalk {
  readonly words: Uint32Array;
  readonly pages: number;
  readonly pageWords: number;
  /** Low 32 bits of the number of the first page. */
  readonly first: number;
  /** What descriptors of tables in the arena have in the bits of {@link ArenaWalk.topLow} and `topHigh`. */
  readonly firstTopLow: number;
  readonly firstTopHigh: number;
  /** Bits of a descriptor that belong to its output page, but not to the low 32 bits of that number. */
  readonly topLow: number;
  readonly topHigh: number;
  /** Bits of a descriptor that are only set beyond the output size. */
  readonly beyondLow: number;
  readonly beyondHigh: number;
  /** How far to shift the low half right, and the high half left, for the low 32 bits of the output page. */
  readonly fromLow: number;
  readonly fromHigh: number;
  /** What the low half of a leaf must have set. */
  readonly needed: number;
  /** Word of the first entry of the root. */
  readonly root: number;
  readonly startLevel: number;
  readonly firstBlockLevel: number;
  readonly inputPages: number;
  /** Part of an entry of the root that a page is, and of an entry of level 1. */
  readonly perRootEntry: number;
  readonly perUpperEntry: number;
  readonly indexBits: number;
  readonly mask: number;
}

/**
 * Prepares walks in an arena. `undefined` where they have to look at each table for itself: the root is elsewhere, pages are of
 * another size, or the arena reaches beyond the output size, over a multiple of 2^32 pages, or beyond 2^31 words.
 */
export function arenaWalk(space: Space, shape: Shape, arena: TableArena, root: number): ArenaWalk | undefined {
  const { words, firstPage, pageWords } = arena;
  const pages = arena.pages.length;
  const end = firstPage + pages;
  const isPlain =
    Number.isSafeInteger(firstPage) &&
    firstPage >= 0 &&
    end <= shape.outputPages &&
    Math.floor(firstPage / 2 ** 32) === Math.floor((end - 1) / 2 ** 32) &&
    pageWords === 2 * shape.entries &&
    pages * pageWords < 2 ** 31;
  if (!isPlain || root < firstPage || root + joinedTables(shape) > end) return undefined;
  const all = 2 ** ((shape.format === 'VMSAv8-64' ? 48 : 52) - shape.pageShift);
  const top = Math.max(all - 2 ** 32, 0);
  const beyond = all - shape.outputPages;
  const firstTop = firstPage - (firstPage % 2 ** 32);
  return {
    words,
    pages,
    pageWords,
    first: firstPage | 0,
    firstTopLow: lowOfPage(shape, firstTop),
    firstTopHigh: highOfPage(shape, firstTop),
    topLow: lowOfPage(shape, top),
    topHigh: highOfPage(shape, top),
    beyondLow: lowOfPage(shape, beyond),
    beyondHigh: highOfPage(shape, beyond),
    fromLow: shape.pageShift,
    fromHigh: 32 - shape.pageShift,
    needed: space.setsAccessFlag === true ? 0 : AF,
    root: (root - firstPage) * pageWords,
    startLevel: shape.startLevel,
    firstBlockLevel: shape.firstBlockLevel,
    inputPages: shape.inputPages,
    perRootEntry: 1 / spanOf(shape, shape.startLevel),
    perUpperEntry: 1 / spanOf(shape, 1),
    indexBits: shape.indexBits,
    mask: shape.entries - 1,
  };
}
