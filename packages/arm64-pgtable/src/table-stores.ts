import type { DescriptorBits } from './attributes.ts';
import { BLOCK, highOfPage, lowOfPage, TABLE_OR_PAGE, TableArena } from './descriptor.ts';
import { CONTIGUOUS } from './descriptor-bits.ts';
import type { LayoutVisitor } from './layout.ts';
import type { PageRun } from './mapping.ts';
import { type Shape, spanOf } from './space.ts';
import { keepLists, type StoreLists, takeLists } from './store-lists.ts';
import { checkRootPage, noPageNumber, tooFew } from './table-pages.ts';
import type { TableWords } from './table-words.ts';
import { writeLists } from './write-lists.ts';

/**
 * The stores that a layout takes, a visitor of `Layout`. They wait until all of them are known: nothing is written of a layout
 * that cannot be built, and tables are zeroed as large stretches, which takes a third of the time.
 */
export class TableStores implements LayoutVisitor {
  readonly #shape: Shape;
  readonly #pool: ArrayLike<number>;
  readonly #poolSize: number;
  readonly #taken: ArrayLike<number>;
  readonly #lists: StoreLists = takeLists();
  readonly #bitsOf: (run: PageRun) => DescriptorBits;
  /** Tables of which every entry is stored, in their order. */
  readonly #full: number[] = [];

  /**
   * @param pool pages for the tables, in their order: each is read once.
   * @param taken the first of them, where they have been read.
   */
  constructor(
    shape: Shape,
    pool: ArrayLike<number>,
    taken: ArrayLike<number>,
    bitsOf: (run: PageRun) => DescriptorBits,
  ) {
    this.#shape = shape;
    this.#pool = pool;
    this.#poolSize = pool.length;
    this.#taken = taken;
    this.#bitsOf = bitsOf;
  }

  /** The page of each table, in the order of their creation. */
  get pages(): Float64Array {
    return this.#lists.pages;
  }

  table(parent: number | undefined, index: number, full: boolean): number {
    const shape = this.#shape;
    const number = this.#lists.tables;
    if (!(number < this.#poolSize)) throw tooFew(this.#poolSize);
    const page = number < this.#taken.length ? this.#taken[number] : this.#pool[number];
    // What number it is is looked at when all are known.
    if (typeof page !== 'number') throw noPageNumber(page);
    const table = this.#lists.addTable(page);
    if (full) this.#full.push(table);
    if (parent === undefined) checkRootPage(shape, this.pages[0] ?? page, index, page);
    else this.#lists.links.putEntry(parent, index, lowOfPage(shape, page) | TABLE_OR_PAGE, highOfPage(shape, page));
    return table;
  }

  /** With the contiguous hint on the groups that can carry it. */
  leaves(table: number, level: number, index: number, count: number, frame: number, run: PageRun): void {
    if (count === 1) {
      const { low, high } = this.#bitsOf(run);
      const kind = level === 3 ? TABLE_OR_PAGE : BLOCK;
      const shape = this.#shape;
      this.#lists.leaves.putEntry(table, index, low | kind | lowOfPage(shape, frame), high | highOfPage(shape, frame));
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
    writeLists(this.#lists, to);
    keepLists(this.#lists);
  }

  /** Zeroes the tables that have empty entries, in an arena neighbours at once. */
  #zero(to: TableWords): void {
    const { pages } = this;
    let from = 0;
    for (const full of this.#full) {
      zeroFrom(to, pages, from, full);
      from = full + 1;
    }
    zeroFrom(to, pages, from, pages.length);
  }

  /** Leaves whose outputs follow each other, one stretch within 256 TiB of output after the other. */
  #putRow(table: number, level: number, index: number, count: number, frame: number, run: PageRun, hint: number): void {
    const bits = this.#bitsOf(run);
    const low = bits.low | (level === 3 ? TABLE_OR_PAGE : BLOCK);
    const high = bits.high | hint;
    const shape = this.#shape;
    const { rows } = this.#lists;
    const span = spanOf(shape, level);
    for (let done = 0; done < count; ) {
      const next = frame + done * span;
      const here = shape.format === 'VMSAv8-64' ? count : Math.min(count - done, beforeScatter(shape, span, next));
      rows.putEntry(table, index + done, low | lowOfPage(shape, next), high | highOfPage(shape, next));
      rows.endRow(here, span << shape.pageShift);
      done += here;
    }
  }
}

/**
 * How many descriptors from an output on take only an addition each: above bit 47 an address is scattered over the
 * descriptor, and a block of 4 GiB or more changes its high half only.
 */
function beforeScatter(shape: Shape, span: number, frame: number): number {
  const stretch = span < shape.lowPages ? (shape.lowPages * 2 ** 16) / span : 1;
  return stretch - ((frame / span) % stretch);
}

/** Zeroes tables that follow each other in the order of creation. */
function zeroFrom(to: TableWords, pages: Float64Array, from: number, end: number): void {
  for (let table = from, next = from; table < end; table = next) {
    next = table + 1;
    if (!(to instanceof TableArena)) {
      to[table]?.fill(0);
      continue;
    }
    const page = pages[table] ?? 0;
    while (next < end && pages[next] === page + next - table) next += 1;
    const start = (page - to.firstPage) * to.pageWords;
    to.words.fill(0, start, start + (next - table) * to.pageWords);
  }
}
