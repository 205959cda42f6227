import { mayBeLeaf, type PageRun } from './mapping.ts';
import { joinedTables, type Shape, spanOf } from './space.ts';

/** Who a layout is told to: `Table` is whatever the visitor uses to name a table. */
export interface LayoutVisitor<Table> {
  /**
   * A table is needed: under entry `index` of `parent`, or a root when `parent` is undefined: then `index` counts the
   * tables that are joined there, all of which are asked for first. With `full` every entry of it will be written.
   */
  table(parent: Table | undefined, index: number, full: boolean): Table;
  /** `count` block or page descriptors follow each other from entry `index`, mapping to `frame` and the frames after it. */
  leaves(table: Table, level: number, index: number, count: number, frame: number, run: PageRun): void;
}

/**
 * Decides where every table, block and page descriptor of an address space goes, with the largest blocks that
 * alignment and each mapping's policy allow, and tells the visitor. Counting and building are both visitors, so they
 * cannot disagree.
 *
 * @param runs sorted and disjoint, as `pageRuns` returns them.
 */
export function layOut<Table>(shape: Shape, runs: readonly PageRun[], visitor: LayoutVisitor<Table>): Table {
  const { startLevel, entries } = shape;
  const span = spanOf(shape, startLevel) * entries;
  const first = visitor.table(undefined, 0, false);
  const joined: Table[] = [];
  for (let index = 1; index < joinedTables(shape); index++) joined.push(visitor.table(undefined, index, false));
  [first, ...joined].forEach((root, index) => {
    const base = index * span;
    // The run before the first that starts here may reach into it.
    const from = Math.max(firstRunFrom(runs, 0, runs.length, base) - 1, 0);
    const to = firstRunFrom(runs, from, runs.length, base + span);
    layOutTable(shape, startLevel, base, runs, from, to, root, visitor);
  });
  return first;
}

/** Fills one table: it covers virtual pages from `base`, and only `runs[from..to)` reach into it. */
function layOutTable<Table>(
  shape: Shape,
  level: number,
  base: number,
  runs: readonly PageRun[],
  from: number,
  to: number,
  table: Table,
  visitor: LayoutVisitor<Table>,
): void {
  const span = spanOf(shape, level);
  // Spans are powers of two: multiplying by this is exact, and dividing is slow.
  const perSpan = 1 / span;
  const tableEnd = base + span * shape.entries;
  let doneTo = base;
  for (let at = from; at < to; at++) {
    const run = runs[at];
    if (run === undefined) break;
    const runEnd = Math.min(run.page + run.pages, tableEnd);
    let page = Math.max(run.page, doneTo);
    while (page < runEnd) {
      const index = Math.floor((page - base) * perSpan);
      const entry = base + index * span;
      const frame = run.frame + (page - run.page);
      const whole = Math.floor((runEnd - page) * perSpan);
      if (page === entry && whole > 0 && mayBeLeaf(shape, level, run) && Math.floor(frame * perSpan) * span === frame) {
        visitor.leaves(table, level, index, whole, frame, run);
        page += whole * span;
        continue;
      }
      const end = entry + span;
      const next = run.page + run.pages >= end ? at + 1 : firstRunFrom(runs, at, to, end);
      const below = visitor.table(table, index, page === entry && whole > 0);
      layOutTable(shape, level + 1, entry, runs, at, next, below, visitor);
      page = end;
    }
    doneTo = page;
  }
}

/** The first run at or after `from` that starts at or beyond `page`. */
function firstRunFrom(runs: readonly PageRun[], from: number, to: number, page: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const run = runs[middle];
    if (run !== undefined && run.page < page) low = middle + 1;
    else high = middle;
  }
  return low;
}
