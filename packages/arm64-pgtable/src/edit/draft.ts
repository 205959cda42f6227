import { type DescriptorHalves, type DescriptorSource, outputPage, TABLE_OR_PAGE, wordsAt } from '../descriptor.ts';
import { CONTIGUOUS } from '../descriptor-bits.ts';
import { type DescriptorKind, leafBits, leafOf, sameHalves, walkedKind } from '../descriptor-kind.ts';
import { PageTableError } from '../error.ts';
import { pagesPerEntry } from '../granule.ts';
import { hex } from '../hex.ts';
import { checkRoot } from '../root.ts';
import { type Shape, type Space, shapeOf } from '../space.ts';
import { Census } from './census.ts';

/** A table as an edit wants it. Tables that the edit adds have neither page nor past. */
export interface DraftTable {
  readonly level: number;
  /** Number of the first input page that it translates. */
  readonly base: number;
  /** Limits of the table descriptors above, or-ed (their high halves). */
  readonly limits: number;
  /** Number of the page that holds it; undefined for a table to be added. */
  frame: number | undefined;
  /** The words as they are in memory; undefined for a table to be added. */
  readonly before: Uint32Array | undefined;
  readonly words: Uint32Array;
  /** The tables below that were looked at or added, by index. */
  readonly below: Map<number, DraftTable>;
}

/** Tables that are edited on paper: what is looked at is read, nothing is written. */
export class Draft {
  readonly space: Space;
  readonly shape: Shape;
  readonly source: DescriptorSource;
  readonly root: number;
  readonly entries: number;
  /** The root, or the tables that stage 2 joins as one. */
  readonly tops: Map<number, DraftTable> = new Map();
  readonly census: Census;

  constructor(space: Space, root: number, source: DescriptorSource) {
    this.space = space;
    this.shape = shapeOf(space);
    this.source = source;
    this.root = root;
    checkRoot(this.shape, root);
    this.census = new Census(this.shape, root, source);
    this.entries = 2 ** this.shape.indexBits;
  }

  /** Pages that one entry of a table covers. */
  span(table: DraftTable): number {
    return pagesPerEntry(this.shape, table.level);
  }

  /** The top table that translates an input page. */
  top(page: number): DraftTable {
    const { startLevel } = this.shape;
    const reach = pagesPerEntry(this.shape, startLevel) * this.entries;
    const joined = Math.floor(page / reach);
    const known = this.tops.get(joined);
    if (known !== undefined) return known;
    const table = this.#load(this.root + joined, startLevel, joined * reach, 0);
    this.tops.set(joined, table);
    return table;
  }

  /** The top tables that translate `[from, to)`. */
  topsOf(from: number, to: number): DraftTable[] {
    const reach = pagesPerEntry(this.shape, this.shape.startLevel) * this.entries;
    const tables: DraftTable[] = [];
    for (let base = from - (from % reach); base < to; base += reach) tables.push(this.top(base));
    return tables;
  }

  /** The table under a table descriptor. */
  child(table: DraftTable, index: number): DraftTable {
    const known = table.below.get(index);
    if (known !== undefined) return known;
    const { low, high } = entryOf(table, index);
    const base = table.base + index * this.span(table);
    const below = this.#load(outputPage(this.shape, low, high), table.level + 1, base, table.limits | high);
    table.below.set(index, below);
    return below;
  }

  /** Puts an empty table under an entry. */
  add(table: DraftTable, index: number): DraftTable {
    const below: DraftTable = {
      level: table.level + 1,
      base: table.base + index * this.span(table),
      limits: table.limits,
      frame: undefined,
      before: undefined,
      words: new Uint32Array(2 * this.entries),
      below: new Map(),
    };
    setEntry(table, index, { low: TABLE_OR_PAGE, high: 0 }); // the address comes with the page
    table.below.set(index, below);
    return below;
  }

  kind(table: DraftTable, index: number): DescriptorKind {
    return walkedKind(this.shape, table.level, entryOf(table, index));
  }

  /** Output page of a leaf. */
  output(table: DraftTable, index: number): number {
    const { low, high } = entryOf(table, index);
    const frame = outputPage(this.shape, low, high);
    return frame - (frame % this.span(table));
  }

  /** Replaces a block by a table of smaller leaves that say the same; with `hint` as contiguous groups. */
  split(table: DraftTable, index: number, hint: boolean): DraftTable {
    this.loosen(table, index);
    const frame = this.output(table, index);
    const bits = leafBits(this.shape, entryOf(table, index));
    const below = this.add(table, index);
    const span = this.span(below);
    for (let at = 0; at < this.entries; at++)
      setEntry(below, at, leafOf(this.shape, below.level, frame + at * span, bits));
    if (hint) this.join(below, 0, this.entries);
    return below;
  }

  /** Takes the contiguous hint from the group of an entry. */
  loosen(table: DraftTable, index: number): void {
    const size = this.shape.contiguous[table.level] ?? 1;
    const first = index - (index % size);
    for (let at = first; at < first + size; at++) {
      const { low, high } = entryOf(table, at);
      if (this.kind(table, at) === 'leaf') setEntry(table, at, { low, high: high & ~CONTIGUOUS });
    }
  }

  /** Gives the contiguous hint to the whole groups in `[from, to)` that can carry it. */
  join(table: DraftTable, from: number, to: number): void {
    const size = this.shape.contiguous[table.level] ?? 1;
    if (size === 1) return;
    for (let first = Math.ceil(from / size) * size; first + size <= to; first += size)
      if (this.continues(table, first, size))
        for (let at = first; at < first + size; at++) {
          const { low, high } = entryOf(table, at);
          setEntry(table, at, { low, high: high | CONTIGUOUS });
        }
  }

  /** Whether `count` entries are leaves of equal attributes, whose outputs follow each other from an aligned one. */
  continues(table: DraftTable, first: number, count: number): boolean {
    if (this.kind(table, first) !== 'leaf') return false;
    const span = this.span(table);
    const frame = this.output(table, first);
    if (frame % (span * count) !== 0) return false;
    const bits = leafBits(this.shape, entryOf(table, first));
    for (let at = first; at < first + count; at++) {
      if (this.kind(table, at) !== 'leaf' || this.output(table, at) !== frame + (at - first) * span) return false;
      if (!sameHalves(leafBits(this.shape, entryOf(table, at)), bits)) return false;
    }
    return true;
  }

  #load(frame: number, level: number, base: number, limits: number): DraftTable {
    this.census.refuseShared(frame);
    const before = readTable(this.source, frame, this.entries);
    return { level, base, limits, frame, before, words: before.slice(), below: new Map() };
  }
}

/** The words of a table, for reading. @throws PageTableError `EINVAL` where the source has nothing. */
export function readTable(source: DescriptorSource, table: number, entries: number): Uint32Array {
  const words = wordsAt(source, table, entries);
  if (words === undefined)
    throw new PageTableError('EINVAL', `table page ${hex(table)} cannot be read`, 'give a source that has all tables', {
      page: table,
    });
  return words;
}

export function entryOf({ words }: Pick<DraftTable, 'words'>, index: number): DescriptorHalves {
  return { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
}

export function setEntry({ words }: DraftTable, index: number, { low, high }: DescriptorHalves): void {
  words[2 * index] = low;
  words[2 * index + 1] = high;
}

/** Makes an entry invalid, and forgets what is below it. */
export function clearEntry(table: DraftTable, index: number): void {
  setEntry(table, index, { low: 0, high: 0 });
  table.below.delete(index);
}
