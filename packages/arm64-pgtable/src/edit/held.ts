import type { DescriptorBits } from '../attributes.ts';
import { SOFTWARE, TABLE_LIMITS } from '../descriptor-bits.ts';

/** What became of a value that TLBs or walk caches may hold: nobody holds it. */
export const GONE = 0;
/** The store that took its place may not be visible, so that it can be fetched again. */
export const UNSEEN = 1;
/** Only caches have it. */
export const HELD = 2;
/** Invalidated, not yet complete. */
export const GOING = 3;
/** In stage 2: gone by itself, but entries that hold both stages at once may have it. */
export const COMBINED = 4;
/** Invalidated together with those that hold both stages, not yet complete. */
export const COMBINED_GOING = 5;

/** What becomes of each state; one that is not named stays. */
export type Turn = Readonly<Partial<Record<number, number>>>;

/** A value of an entry: a leaf, or a descriptor that leads to a table. */
export interface EntryValue extends DescriptorBits {
  readonly kind: 'table' | 'leaf';
  readonly level: number;
  /** Number of the first input page. */
  readonly page: number;
  /** Number of the first output page, or of the page that holds the table. */
  readonly frame: number;
}

/** How walkers came to a value. */
export interface Origin {
  /** Tables that were reached on the way to it and are held too: walkers may come back by them. */
  readonly above: readonly Held[];
  /**
   * For a leaf that lost its own entry, how many changes of tables there were before: -1 where a table above it changed, so that what
   * is held may be limited in another way.
   */
  readonly since: number;
}

/** A value that is no longer in the tables, but that a TLB or walk cache may hold. */
export interface Held extends EntryValue {
  readonly origin: Origin;
  /** For a table: global leaves are or were below it, so that it was walked for every address space identifier. */
  readonly isGlobal: boolean;
  /** {@link UNSEEN} and so on. */
  state: number;
}

/** Whether no TLB tells one leaf from another in its place: software's bits are not kept. */
export function isSameLeaf(a: DescriptorBits, b: DescriptorBits): boolean {
  return ((a.low ^ b.low) | ((a.high ^ b.high) & ~SOFTWARE)) === 0;
}

/** What tells a value from others of its entry. */
export function nameOf({ kind, frame, low, high }: EntryValue): string {
  return kind === 'table' ? `table ${frame} ${high & TABLE_LIMITS}` : `${low >>> 0} ${high & ~SOFTWARE}`;
}
