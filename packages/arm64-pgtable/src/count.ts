import { mayBeLeaf, type PageRun, type RunVisitor } from './mapping.ts';
import { joinedTables, type Shape, spanOf } from './space.ts';

/**
 * Counts the tables that a layout of runs has, without laying them out: the time is that of the runs, however large they are.
 */
export class TableCounter implements RunVisitor {
  tables: number;
  readonly #shape: Shape;
  /** By level + 1, the last entry that was seen to lead to a table; runs come in order. */
  readonly #last: number[] = [-1, -1, -1, -1, -1];

  constructor(shape: Shape) {
    this.#shape = shape;
    this.tables = joinedTables(shape);
  }

  put(run: PageRun): void {
    this.#add(run, this.#shape.startLevel, run.page, run.page + run.pages);
  }

  /** Counts the tables under entries of a level and below that a part of a run needs. */
  #add(run: PageRun, top: number, from: number, to: number): void {
    for (let level = top; level < 3; level++) {
      const span = spanOf(this.#shape, level);
      const perSpan = 1 / span;
      const first = Math.floor(from * perSpan);
      const end = Math.ceil(to * perSpan);
      if (mayBeLeaf(this.#shape, level, run)) {
        const offset = (run.frame - run.page) * perSpan;
        if (Math.floor(offset) === offset) {
          this.#edges(run, level, from, to);
          return;
        }
      }
      this.#count(level, first, end);
    }
  }

  /** Whole entries are leaves: only those that an edge of the run cuts lead to tables. */
  #edges(run: PageRun, level: number, from: number, to: number): void {
    const span = spanOf(this.#shape, level);
    const first = Math.floor(from / span);
    const last = Math.ceil(to / span) - 1;
    const isHead = first * span < from;
    const isTail = (last + 1) * span > to && !(isHead && last === first);
    if (isHead) this.#part(run, level, first, from, Math.min(to, (first + 1) * span));
    if (isTail) this.#part(run, level, last, Math.max(from, last * span), to);
  }

  #part(run: PageRun, level: number, index: number, from: number, to: number): void {
    this.#count(level, index, index + 1);
    this.#add(run, level + 1, from, to);
  }

  /** Entries `[first, end)` lead to tables, the first of them perhaps for another run already. */
  #count(level: number, first: number, end: number): void {
    const last = this.#last[level + 1] ?? -1;
    this.tables += end - Math.max(first, last + 1);
    this.#last[level + 1] = end - 1;
  }
}
