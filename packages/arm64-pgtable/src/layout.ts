import { mayBeLeaf, type PageRun, type RunVisitor } from './mapping.ts';
import { joinedTables, type Shape } from './space.ts';

/** Who a layout is told to. Tables are told by the page number that the visitor gave them. */
export interface LayoutVisitor {
  /**
   * A table is needed: under entry `index` of `parent`, or a root when `parent` is undefined: then `index` counts the
   * tables that are joined there, all of which are asked for first. With `full` every entry of it will be written.
   */
  table(parent: number | undefined, index: number, full: boolean): number;
  /** `count` block or page descriptors follow each other from entry `index`, mapping to `frame` and the frames after it. */
  leaves(table: number, level: number, index: number, count: number, frame: number, run: PageRun): void;
}

/**
 * Decides where every table, block and page descriptor of an address space goes, with the largest blocks that
 * alignment and each mapping's policy allow, and tells the visitor: each table after its parent, by address. It goes down from
 * the root once for each table, not for each run: the tables that the last run ended in stay open.
 */
export class Layout<Visitor extends LayoutVisitor> implements RunVisitor {
  readonly root: number;
  readonly visitor: Visitor;
  readonly #shape: Shape;
  readonly #roots: readonly number[];
  /** By level + 1: the open table, and the first page behind it. */
  readonly #tables: number[] = [0, 0, 0, 0, 0];
  readonly #ends: number[] = [0, 0, 0, 0, 0];
  /** The lowest open table's level. */
  #level: number;

  constructor(shape: Shape, visitor: Visitor) {
    this.#shape = shape;
    this.visitor = visitor;
    this.#level = shape.startLevel;
    this.root = visitor.table(undefined, 0, false);
    const roots = [this.root];
    for (let index = 1; index < joinedTables(shape); index++) roots.push(visitor.table(undefined, index, false));
    this.#roots = roots;
  }

  put(run: PageRun): void {
    const behind = run.page + run.pages;
    for (let page = run.page; page < behind; ) {
      const level = this.#open(page);
      page += level === 3 ? this.#pages(run, page, behind) : this.#blocks(run, level, page, behind);
    }
  }

  /** Tells the pages that the open table of the lowest level has room for, and returns how many. */
  #pages(run: PageRun, page: number, behind: number): number {
    const count = Math.min(behind, this.#ends[4] ?? 0) - page;
    const index = page & (this.#shape.entries - 1);
    this.visitor.leaves(this.#tables[4] ?? 0, 3, index, count, run.frame + (page - run.page), run);
    return count;
  }

  /**
   * Tells the blocks that the open table of a level has room for, and returns how many pages they are: none where it opened
   * the table below instead.
   */
  #blocks(run: PageRun, level: number, page: number, behind: number): number {
    const { perSpan, spans, entries } = this.#shape;
    const span = spans[level + 1] ?? 1;
    const part = perSpan[level + 1] ?? 1;
    const table = this.#tables[level + 1] ?? 0;
    const entry = Math.floor(page * part);
    // Bits beyond the 32 that an integer has are of the levels above.
    const index = entry & (entries - 1);
    const isWhole = behind - page >= span && entry * span === page;
    if (isWhole && this.#isBlock(run, level, page)) {
      const count = Math.floor((Math.min(behind, this.#ends[level + 1] ?? 0) - page) * part);
      this.visitor.leaves(table, level, index, count, run.frame + (page - run.page), run);
      return count * span;
    }
    this.#level = level + 1;
    this.#tables[level + 2] = this.visitor.table(table, index, isWhole);
    this.#ends[level + 2] = (entry + 1) * span;
    return 0;
  }

  /** Whether a run may use a block of a level at a page that such a block begins at: its output has to begin at one too. */
  #isBlock(run: PageRun, level: number, page: number): boolean {
    const span = this.#shape.spans[level + 1] ?? 1;
    const part = this.#shape.perSpan[level + 1] ?? 1;
    const frame = run.frame + (page - run.page);
    return mayBeLeaf(this.#shape, level, run) && Math.floor(frame * part) * span === frame;
  }

  /** Closes the tables that end before a page, and returns the level of the one that it belongs to. */
  #open(page: number): number {
    const { startLevel, spans, entries } = this.#shape;
    let level = this.#level;
    while (level > startLevel && page >= (this.#ends[level + 1] ?? 0)) level -= 1;
    this.#level = level;
    if (level > startLevel || page < (this.#ends[level + 1] ?? 0)) return level;
    const size = (spans[level + 1] ?? 1) * entries;
    const index = Math.floor(page / size);
    this.#tables[level + 1] = this.#roots[index] ?? this.root;
    this.#ends[level + 1] = (index + 1) * size;
    return level;
  }
}
