import type { DescriptorBits } from './attributes.ts';
import { BLOCK, highOfPage, lowOfPage, TABLE_OR_PAGE, TableArena } from './descriptor.ts';
import { CONTIGUOUS } from './descriptor-bits.ts';
import type { LayoutVisitor } from './layout.ts';
import type { PageRun } from './mapping.ts';
import { type Shape, spanOf } from './space.ts';
import { checkRootPage, noPageNumber, tooFew } from './table-pages.ts';
import type { TableWords } from './table-words.ts';

/** Words of a store: its table by its number in the order of creation, the entry, the two halves of the descriptor. */
const STORE = 4;
/** Two more for a row of descriptors: how many, and how far the outputs of two neighbours are apart. */
const ROW = STORE + 2;
/** Room for the stores of a few rows. */
const SPARE = 32 * ROW;
/** Leaves that room is made for before they come: a list may say any length. */
const LEAVES_MAX = 2 ** 20;
/** Set in the entry of a row. */
const IS_ROW = 1 << 16;

/**
 * The stores that a layout takes, a visitor of `Layout`. They wait until all of them are known: nothing is written of a layout
 * that cannot be built, tables are zeroed as large stretches, which takes a third of the time, and stores follow each other
 * closely, so that those which miss the cache wait for memory together.
 */
export class TableStores implements LayoutVisitor {
  readonly #shape: Shape;
  readonly #pool: ArrayLike<number>;
  readonly #poolSize: number;
  readonly #pages: number[] = [];
  readonly #bitsOf: (run: PageRun) => DescriptorBits;
  /** Tables of which every entry is stored, in their order. */
  readonly #full: number[] = [];
  #stores: Int32Array;
  #used = 0;

  /**
   * @param pool pages for the tables, in their order: each is read once.
   * @param leaves about how many leaves there will be, each perhaps in a table of its own.
   */
  constructor(shape: Shape, pool: ArrayLike<number>, bitsOf: (run: PageRun) => DescriptorBits, leaves: number) {
    this.#shape = shape;
    this.#pool = pool;
    this.#poolSize = pool.length;
    this.#bitsOf = bitsOf;
    this.#stores = takeWords(2 * STORE * Math.min(leaves, LEAVES_MAX) + SPARE);
  }

  /** The page of each table, in the order of their creation. */
  get pages(): readonly number[] {
    return this.#pages;
  }

  table(parent: number | undefined, index: number, full: boolean): number {
    const table = this.#pages.length;
    if (!(table < this.#poolSize)) throw tooFew(this.#poolSize);
    const page = this.#pool[table];
    // What number it is is looked at when all are known.
    if (typeof page !== 'number') throw noPageNumber(page);
    this.#pages.push(page);
    if (parent === undefined) checkRootPage(this.#shape, this.#pages[0] ?? page, index, page);
    if (full) this.#full.push(table);
    if (parent !== undefined)
      this.#put(parent, index, lowOfPage(this.#shape, page) | TABLE_OR_PAGE, highOfPage(this.#shape, page));
    return table;
  }

  /** With the contiguous hint on the groups that can carry it. */
  leaves(table: number, level: number, index: number, count: number, frame: number, run: PageRun): void {
    if (count === 1) {
      const { low, high } = this.#bitsOf(run);
      const kind = level === 3 ? TABLE_OR_PAGE : BLOCK;
      this.#put(table, index, low | kind | lowOfPage(this.#shape, frame), high | highOfPage(this.#shape, frame));
      return;
    }
    const group = run.contiguous === false ? 1 : (this.#shape.contiguous[level] ?? 1);
    if (group === 1 || count < group) {
      this.#putRow(table, level, index, count, frame, run, 0);
      return;
    }
    const span = spanOf(this.#shape, level);
    const head = (frame / span - index) % group === 0 ? Math.min((group - (index % group)) % group, count) : count;
    const grouped = Math.floor((count - head) / group) * group;
    const rest = head + grouped;
    this.#putRow(table, level, index, head, frame, run, 0);
    this.#putRow(table, level, index + head, grouped, frame + head * span, run, CONTIGUOUS);
    this.#putRow(table, level, index + rest, count - rest, frame + rest * span, run, 0);
  }

  /**
   * Zeroes the tables and makes the stores; once.
   *
   * @param to the words of `pages`.
   */
  writeTo(to: TableWords): void {
    this.#zero(to);
    if (to instanceof TableArena) storeInArena(this.#stores, this.#used, this.#pages, to);
    else storeInPages(this.#stores, this.#used, to);
    keepWords(this.#stores);
  }

  /** Zeroes the tables that have empty entries, in an arena neighbours at once. */
  #zero(to: TableWords): void {
    let from = 0;
    for (const full of this.#full) {
      this.#zeroFrom(to, from, full);
      from = full + 1;
    }
    this.#zeroFrom(to, from, this.#pages.length);
  }

  #zeroFrom(to: TableWords, from: number, end: number): void {
    for (let table = from, next = from; table < end; table = next) {
      next = table + 1;
      if (!(to instanceof TableArena)) {
        to[table]?.fill(0);
        continue;
      }
      const page = this.#pages[table] ?? 0;
      while (next < end && this.#pages[next] === page + next - table) next += 1;
      const start = (page - to.firstPage) * to.pageWords;
      to.words.fill(0, start, start + (next - table) * to.pageWords);
    }
  }

  /** Leaves whose outputs follow each other, one stretch within 256 TiB of output after the other. */
  #putRow(table: number, level: number, index: number, count: number, frame: number, run: PageRun, hint: number): void {
    const bits = this.#bitsOf(run);
    const low = bits.low | (level === 3 ? TABLE_OR_PAGE : BLOCK);
    const high = bits.high | hint;
    const shape = this.#shape;
    const span = spanOf(shape, level);
    for (let done = 0; done < count; ) {
      const next = frame + done * span;
      const here = shape.format === 'VMSAv8-64' ? count : Math.min(count - done, beforeScatter(shape, span, next));
      this.#put(table, (index + done) | IS_ROW, low | lowOfPage(shape, next), high | highOfPage(shape, next));
      this.#stores[this.#used] = here;
      this.#stores[this.#used + 1] = span << shape.pageShift;
      this.#used += ROW - STORE;
      done += here;
    }
  }

  #put(table: number, index: number, low: number, high: number): void {
    const at = this.#used;
    if (at + ROW > this.#stores.length) this.#grow();
    const stores = this.#stores;
    stores[at] = table;
    stores[at + 1] = index;
    stores[at + 2] = low;
    stores[at + 3] = high;
    this.#used = at + STORE;
  }

  #grow(): void {
    const stores = this.#stores;
    this.#stores = new Int32Array(2 * stores.length);
    this.#stores.set(stores);
  }
}

/** What the last build's stores waited in: to make it takes a small build a quarter of its time, and a large one page faults. */
let kept: Int32Array | undefined;
const KEPT_MAX = 2 ** 18;

function takeWords(count: number): Int32Array {
  const words = kept;
  kept = undefined;
  return words !== undefined && words.length >= count ? words : new Int32Array(count);
}

function keepWords(words: Int32Array): void {
  if (words.length <= KEPT_MAX) kept = words;
}

/**
 * How many descriptors from an output on take only an addition each: above bit 47 an address is scattered over the
 * descriptor, and a block of 4 GiB or more changes its high half only.
 */
function beforeScatter(shape: Shape, span: number, frame: number): number {
  const stretch = span < shape.lowPages ? (shape.lowPages * 2 ** 16) / span : 1;
  return stretch - ((frame / span) % stretch);
}

function storeInArena(stores: Int32Array, end: number, pages: readonly number[], arena: TableArena): void {
  const { words, firstPage, pageWords } = arena;
  for (let at = 0; at < end; ) at = store(stores, at, words, ((pages[stores[at] ?? 0] ?? 0) - firstPage) * pageWords);
}

function storeInPages(stores: Int32Array, end: number, tables: readonly Uint32Array[]): void {
  for (let at = 0; at < end; ) at = store(stores, at, tables[stores[at] ?? 0] ?? NO_WORDS, 0);
}

const NO_WORDS = new Uint32Array();

/** Makes one of the stores, into the table whose words begin at `base`, and returns where the next one is. */
function store(stores: Int32Array, at: number, words: Uint32Array, base: number): number {
  const entry = stores[at + 1] ?? 0;
  const low = stores[at + 2] ?? 0;
  const high = stores[at + 3] ?? 0;
  const from = base + 2 * (entry & (IS_ROW - 1));
  if (entry < IS_ROW) {
    words[from] = low;
    words[from + 1] = high;
    return at + STORE;
  }
  fill(words, from, from + 2 * (stores[at + 4] ?? 0), low, high, stores[at + 5] ?? 0);
  return at + ROW;
}

/** The loop that takes the time: two stores and an addition with carry for each descriptor. */
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
