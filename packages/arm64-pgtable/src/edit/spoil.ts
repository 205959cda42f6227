import { isAccessible } from '../attributes.ts';
import { type DescriptorHalves, outputPage } from '../descriptor.ts';
import { CONTIGUOUS, NOT_GLOBAL, SOFTWARE } from '../descriptor-bits.ts';
import { type DescriptorKind, walkedKind } from '../descriptor-kind.ts';
import { pagesPerEntry } from '../granule.ts';
import type { Shape, Space } from '../space.ts';
import { type Draft, type DraftTable, entryOf, readTable } from './draft.ts';
import type { EditOptions } from './options.ts';
import { StaleEntries } from './stale.ts';

/** An entry of a live table that changes. */
export interface Change {
  readonly table: DraftTable;
  readonly index: number;
  readonly page: number;
  readonly old: DescriptorHalves;
  readonly was: DescriptorKind;
  readonly now: DescriptorHalves;
  readonly is: DescriptorKind;
}

/** Whether TLBs may hold a leaf: not where an access would fault on its access flag or output size. */
export function mayBeCached(space: Space, shape: Shape, { low, high }: DescriptorHalves): boolean {
  // One entry of a group may be held by the access flag of another.
  const isAccessed = isAccessible(low) || space.setsAccessFlag === true || (high & CONTIGUOUS) !== 0;
  return isAccessed && outputPage(shape, low, high) < shape.outputPages;
}

export function isGlobal({ low }: DescriptorHalves): boolean {
  return (low & NOT_GLOBAL) === 0;
}

/**
 * Whether an entry is a global leaf no longer, in tables of one identifier. All others walked the tables above for it: these are
 * forgotten with it, as nobody will know of that when a later edit frees them.
 */
export function losesGlobal({ was, old, is, now }: Change, { asid }: EditOptions): boolean {
  return asid !== undefined && was === 'leaf' && isGlobal(old) && !(is === 'leaf' && isGlobal(now));
}

/** Collects what TLBs may hold of an old value; tables that go are added to `frees`. */
export function spoil(draft: Draft, change: Change, stale: StaleEntries, frees: number[], options: EditOptions): void {
  const { table, page, old, was, now, is } = change;
  if (was === 'leaf') {
    // No TLB knows of software's bits.
    const isSame = is === 'leaf' && ((old.low ^ now.low) | ((old.high ^ now.high) & ~SOFTWARE)) === 0;
    const takesTables = losesGlobal(change, options);
    if (!isSame) stale.add(page, draft.span(table), takesTables ? undefined : table.level, isGlobal(old));
  } else {
    const tree = new FreedTree(draft, stale, frees, options);
    tree.free(outputPage(draft.shape, old.low, old.high), table.level + 1, page);
  }
}

/** Tables that go at once, with what hangs on them. */
class FreedTree {
  readonly #draft: Draft;
  readonly #stale: StaleEntries;
  readonly #frees: number[];
  readonly #isByRange: boolean;
  readonly #limit: number;
  readonly #own = new StaleEntries();
  #hasLeaf = false;
  /** Whether other identifiers may have walked here too: a leaf is global, or it was not asked for. */
  #isGlobal: boolean;

  constructor(draft: Draft, stale: StaleEntries, frees: number[], options: EditOptions) {
    this.#draft = draft;
    this.#stale = stale;
    this.#frees = frees;
    this.#isByRange = options.rangeTlbi ?? false;
    this.#limit = options.tlbiLimit ?? 512;
    this.#isGlobal = options.asid === undefined;
  }

  /** Frees the tree from its root on, which translates from `base` on. */
  free(table: number, level: number, base: number): void {
    this.#visit(table, level, base);
    const global = this.#isGlobal || !this.#hasLeaf;
    const count = pagesPerEntry(this.#draft.shape, level - 1);
    if (this.#isByRange) this.#stale.addRow({ page: base, span: 1, level: undefined, global, count });
    else for (const row of this.#own.rows) this.#stale.addRow({ ...row, global });
  }

  /**
   * Everything that may be held of a table: its leaves, each together with the tables above it, so that no walker can
   * come back by a table that it still holds. If there is no leaf, the table alone.
   */
  #visit(table: number, level: number, base: number): void {
    const { shape, census, source, entries, space } = this.#draft;
    census.refuseShared(table);
    this.#frees.push(table);
    if (level === 3 && !this.#needsLeaves()) {
      this.#own.add(base, entries, undefined, false);
      return;
    }
    const before = this.#own.count;
    const words = readTable(source, table, entries);
    const span = pagesPerEntry(shape, level);
    for (let index = 0; index < entries; index++) {
      const entry = entryOf({ words }, index);
      const page = base + index * span;
      const kind = walkedKind(shape, level, entry);
      if (kind === 'table') this.#visit(outputPage(shape, entry.low, entry.high), level + 1, page);
      if (kind !== 'leaf') continue;
      // A walk to a leaf that faults leaves the tables in walk caches all the same.
      this.#isGlobal ||= isGlobal(entry);
      if (!mayBeCached(space, shape, entry)) continue;
      this.#hasLeaf = true;
      this.#own.add(page, span, undefined, false);
    }
    if (this.#own.count === before) this.#own.add(base, 1, undefined, false);
  }

  /** Whether it makes a difference which leaves there are. Where there are too many, everything goes. */
  #needsLeaves(): boolean {
    if (this.#isByRange) return !this.#isGlobal;
    const isWithin = this.#stale.count + this.#own.count <= this.#limit;
    this.#isGlobal ||= !isWithin;
    return isWithin;
  }
}
