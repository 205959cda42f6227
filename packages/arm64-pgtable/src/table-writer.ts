import type { DescriptorBits } from './attributes.ts';
import { BLOCK, highOfPage, lowOfPage, TABLE_OR_PAGE, TableArena, type TableMemory } from './descriptor.ts';
import { CONTIGUOUS } from './descriptor-bits.ts';
import type { LayoutVisitor } from './layout.ts';
import type { PageRun } from './mapping.ts';
import { ScatteredStores } from './scattered-stores.ts';
import { type Shape, spanOf } from './space.ts';
import { tooFew } from './table-pages.ts';

/** Writes a layout into the caller's pages: a visitor of `layOut`. */
export class TableWriter implements LayoutVisitor {
  readonly #shape: Shape;
  readonly #pages: ArrayLike<number>;
  readonly #memory: TableMemory;
  readonly #bitsOf: (run: PageRun) => DescriptorBits;
  /** The memory, if its words can be written without asking for each table. */
  readonly #arena: TableArena | undefined;
  /** How many of the pages hold tables, and how many were zeroed before. */
  #used = 0;
  #zeroed = 0;
  /** Where stores wait, if they do. */
  #scattered: ScatteredStores | undefined;

  constructor(shape: Shape, pages: ArrayLike<number>, memory: TableMemory, bitsOf: (run: PageRun) => DescriptorBits) {
    this.#shape = shape;
    this.#pages = pages;
    this.#memory = memory;
    this.#bitsOf = bitsOf;
    this.#arena = memory instanceof TableArena && memory.pageWords === 2 * shape.entries ? memory : undefined;
  }

  /**
   * Prepares for `count` tables that are mostly empty, in an arena: its pages are zeroed now, neighbours at once, which
   * for large stretches of memory takes a third of the time; and what is stored is stored together, see `flush`.
   */
  scatter(count: number): void {
    const arena = this.#arena;
    if (arena === undefined) return;
    const { words, pageWords } = arena;
    for (let from = 0, to = 0; from < count; from = to) {
      for (to = from + 1; to < count && this.#pages[to] === (this.#pages[to - 1] ?? 0) + 1; ) to += 1;
      const start = this.#wordOf(this.#pages[from] ?? 0);
      words.fill(0, start, start + (to - from) * pageWords);
    }
    this.#zeroed = count;
    this.#scattered = new ScatteredStores(words);
  }

  /** Makes the stores that wait; nothing comes after it. */
  flush(): void {
    this.#scattered?.flush();
  }

  table(parent: number | undefined, index: number, full: boolean): number {
    const page = this.#pages[this.#used];
    if (page === undefined) throw tooFew(this.#pages);
    this.#used += 1;
    if (!full && this.#used > this.#zeroed) this.#memory.page(page).fill(0);
    if (parent !== undefined) {
      const words = this.#wordsOf(parent);
      const at = this.#wordOf(parent) + 2 * index;
      const low = lowOfPage(this.#shape, page) | TABLE_OR_PAGE;
      const high = highOfPage(this.#shape, page);
      if (this.#scattered !== undefined) this.#scattered.put(at, low, high);
      else {
        words[at] = low;
        words[at + 1] = high;
      }
    }
    return page;
  }

  /** With the contiguous hint on the groups that can carry it. */
  leaves(table: number, level: number, index: number, count: number, frame: number, run: PageRun): void {
    const bits = this.#bitsOf(run);
    const low = bits.low | (level === 3 ? TABLE_OR_PAGE : BLOCK);
    const words = this.#wordsOf(table);
    const at = this.#wordOf(table) + 2 * index;
    const group = run.contiguous === false ? 1 : (this.#shape.contiguous[level] ?? 1);
    if (count === 1 && this.#scattered !== undefined) {
      this.#scattered.put(at, low | lowOfPage(this.#shape, frame), bits.high | highOfPage(this.#shape, frame));
      return;
    }
    if (group === 1 || count < group) {
      fill(this.#shape, level, words, at, count, frame, low, bits.high);
      return;
    }
    const span = spanOf(this.#shape, level);
    const head = (frame / span - index) % group === 0 ? Math.min((group - (index % group)) % group, count) : count;
    const grouped = Math.floor((count - head) / group) * group;
    const rest = head + grouped;
    fill(this.#shape, level, words, at, head, frame, low, bits.high);
    fill(this.#shape, level, words, at + 2 * head, grouped, frame + head * span, low, bits.high | CONTIGUOUS);
    fill(this.#shape, level, words, at + 2 * rest, count - rest, frame + rest * span, low, bits.high);
  }

  /** The words that a table lies among, and where. */
  #wordsOf(page: number): Uint32Array {
    return this.#arena === undefined ? this.#memory.page(page) : this.#arena.words;
  }

  #wordOf(page: number): number {
    return this.#arena === undefined ? 0 : (page - this.#arena.firstPage) * this.#arena.pageWords;
  }
}

/** Writes descriptors whose outputs follow each other, one stretch within 256 TiB of output after the other. */
function fill(
  shape: Shape,
  level: number,
  words: Uint32Array,
  at: number,
  count: number,
  frame: number,
  low: number,
  high: number,
): void {
  const span = spanOf(shape, level);
  const step = span << shape.pageShift;
  for (let done = 0; done < count; ) {
    const next = frame + done * span;
    const here = shape.format === 'VMSAv8-64' ? count : Math.min(count - done, beforeScatter(shape, span, next));
    const from = at + 2 * done;
    const first = low | lowOfPage(shape, next);
    fillStretch(words, from, from + 2 * here, first, high | highOfPage(shape, next), step);
    done += here;
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

/** The loop that takes the time: two stores and an addition with carry for each descriptor. */
function fillStretch(words: Uint32Array, from: number, to: number, low: number, high: number, step: number): void {
  let next = low | 0;
  let above = high | 0;
  for (let at = from; at < to; at += 2) {
    words[at] = next;
    words[at + 1] = above;
    const sum = (next + step) | 0;
    if (sum >>> 0 < next >>> 0) above++;
    next = sum;
  }
}
