import { type DescriptorHalves, outputPage } from '../descriptor.ts';
import { walkedKind } from '../descriptor-kind.ts';
import { pagesPerEntry } from '../granule.ts';
import { isGlobal, mayBeCached } from './cached-leaf.ts';
import { type Draft, entryOf, readTable } from './draft.ts';
import { type EditOptions, TLBI_LIMIT } from './options.ts';
import { type Stale, StaleEntries } from './stale.ts';
import { countTlbis } from './tlbi.ts';

/** A row of a tree that goes: tables above its leaves are stale too. Who else walked there is known at the end. */
const rowOf = (page: number, span: number, count: number): Stale => ({
  page,
  span,
  count,
  level: undefined,
  global: false,
});

/** Tables that go at once, with what hangs on them. */
export class FreedTree {
  readonly #draft: Draft;
  readonly #stale: StaleEntries;
  readonly #frees: number[];
  readonly #options: EditOptions;
  readonly #limit: number;
  readonly #own = new StaleEntries();
  #hasLeaf = false;
  /** Whether other identifiers may have walked here too: a leaf is global, or it was not asked for. */
  #isGlobal: boolean;
  /** How many instructions forget all that the tree translates, by ranges; undefined where the CPUs have none. */
  #forAll: number | undefined;

  constructor(draft: Draft, stale: StaleEntries, frees: number[], options: EditOptions) {
    this.#draft = draft;
    this.#stale = stale;
    this.#frees = frees;
    this.#options = options;
    this.#limit = options.tlbiLimit ?? TLBI_LIMIT;
    this.#isGlobal = options.asid === undefined;
  }

  /** Frees the tree from its root on, which translates from `base` on. */
  free(table: number, level: number, base: number): void {
    const { shape } = this.#draft;
    const all = rowOf(base, 1, pagesPerEntry(shape, level - 1));
    if (this.#options.rangeTlbi) this.#forAll = countTlbis(shape, [all], this.#options);
    this.#visit(table, level, base);
    const global = this.#isGlobal || !this.#hasLeaf;
    for (const row of this.#isBestAsAWhole() ? [all] : this.#own.rows) this.#stale.addRow({ ...row, global });
  }

  /** Whether ranges over all of it are fewer instructions than its rows. */
  #isBestAsAWhole(): boolean {
    const most = this.#forAll;
    if (most === undefined) return false;
    const { rows } = this.#own;
    // A single range is taken even where an address would do: it may be one with that of a neighbour.
    return most === 1 || rows.length > most || countTlbis(this.#draft.shape, rows, this.#options) > most;
  }

  /**
   * Everything that may be held of a table: its leaves, each together with the tables above it, so that no walker can
   * come back by a table that it still holds. If there is no leaf, the table alone.
   */
  #visit(table: number, level: number, base: number): void {
    this.#draft.census.refuseShared(table);
    this.#frees.push(table);
    if (level === 3) this.#visitPages(table, base);
    else this.#visitEntries(table, level, base);
  }

  #visitEntries(table: number, level: number, base: number): void {
    const { shape, source, entries } = this.#draft;
    const before = this.#own.count;
    const words = readTable(source, table, entries);
    const span = pagesPerEntry(shape, level);
    for (let index = 0; index < entries; index++) {
      const entry = entryOf({ words }, index);
      const page = base + index * span;
      if (walkedKind(shape, level, entry) === 'table')
        this.#visit(outputPage(shape, entry.low, entry.high), level + 1, page);
      else if (this.#isStale(level, entry)) this.#add(rowOf(page, span, 1));
    }
    if (this.#own.count === before) this.#add(rowOf(base, 1, 1));
  }

  /** A table of the lowest level: one range forgets all of its pages, if there are several. */
  #visitPages(table: number, base: number): void {
    const { source, entries } = this.#draft;
    const isByRange = this.#forAll !== undefined;
    if (!this.#needsLeaves()) {
      this.#add(isByRange ? rowOf(base, 1, entries) : rowOf(base, entries, 1));
      return;
    }
    const words = readTable(source, table, entries);
    const pages: number[] = [];
    for (let index = 0; index < entries; index++)
      if (this.#isStale(3, entryOf({ words }, index))) pages.push(base + index);
    if (isByRange && pages.length > 1) this.#add(rowOf(base, 1, entries));
    else for (const page of pages.length > 0 ? pages : [base]) this.#add(rowOf(page, 1, 1));
  }

  /** Whether an entry is a leaf that TLBs may hold. */
  #isStale(level: number, entry: DescriptorHalves): boolean {
    const { shape, space } = this.#draft;
    if (walkedKind(shape, level, entry) !== 'leaf') return false;
    // A walk to a leaf that faults leaves the tables in walk caches all the same.
    this.#isGlobal ||= isGlobal(entry);
    const isStale = mayBeCached(space, shape, entry);
    this.#hasLeaf ||= isStale;
    return isStale;
  }

  /** Keeps a row, unless there are so many that ranges over all are fewer. */
  #add(row: Stale): void {
    if (this.#forAll !== undefined && this.#own.rows.length > this.#forAll) this.#own.count += row.count;
    else this.#own.addRow(row);
  }

  /** Whether it makes a difference which leaves there are. Where there are too many, everything goes, or whole tables do. */
  #needsLeaves(): boolean {
    const isWithin = this.#stale.count + this.#own.count <= this.#limit;
    if (this.#forAll !== undefined) return !this.#isGlobal || (isWithin && this.#forAll > 1);
    this.#isGlobal ||= !isWithin;
    return isWithin;
  }
}
