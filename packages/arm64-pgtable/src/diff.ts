import { type Attributes, sameAttributes } from './attributes.ts';
import type { TableListing } from './list.ts';
import type { PageRun } from './mapping.ts';
import { needObject } from './needed.ts';
import type { AddressRange, PageSpan } from './page-span.ts';
import { addressInSpace, type Space, shapeOf } from './space.ts';

/** What a range is mapped to: output address of its first byte, and what is allowed. */
export interface Translation {
  readonly pa: bigint;
  readonly attributes: Attributes;
}

/** A range of input addresses (inclusive) that two sets of tables translate differently. */
export interface TableDifference extends AddressRange {
  /** Left out where it was not mapped. */
  readonly before?: Translation;
  /** Left out where it is not mapped. */
  readonly after?: Translation;
}

/** A difference in pages. */
interface Piece extends PageSpan {
  readonly before: PageRun | undefined;
  readonly after: PageRun | undefined;
}

/**
 * The ranges that two sets of tables of one space translate differently, ordered by address. How tables, blocks and
 * contiguous groups make up a mapping is not a difference.
 *
 * @param before what `listMappings` says of one set.
 * @param after what it says of the other.
 */
export function diffTables(
  space: Space,
  before: Pick<TableListing, 'runs'>,
  after: Pick<TableListing, 'runs'>,
): TableDifference[] {
  const { pageShift } = shapeOf(space);
  needObject('listing', before);
  needObject('listing', after);
  const translation = (run: PageRun, from: number): Translation => ({
    pa: BigInt(run.frame + from - run.page) << BigInt(pageShift),
    attributes: run.attributes,
  });
  return differingPieces(before.runs, after.runs).map(({ from, to, before: old, after: now }) => ({
    start: addressInSpace(space, from),
    end: addressInSpace(space, to - 1) + (1n << BigInt(pageShift)) - 1n,
    ...(old === undefined ? {} : { before: translation(old, from) }),
    ...(now === undefined ? {} : { after: translation(now, from) }),
  }));
}

/** Goes through both lists at once, from one edge to the next. */
function differingPieces(before: readonly PageRun[], after: readonly PageRun[]): Piece[] {
  const pieces: Piece[] = [];
  let [a, b, at] = [0, 0, 0];
  for (;;) {
    const [left, right] = [before[a], after[b]];
    if (left === undefined && right === undefined) return pieces;
    const from = Math.max(
      at,
      Math.min(left?.page ?? Number.POSITIVE_INFINITY, right?.page ?? Number.POSITIVE_INFINITY),
    );
    const [old, now] = [holding(left, from), holding(right, from)];
    const to = Math.min(edgeAfter(left, from), edgeAfter(right, from));
    if (!agree(old, now)) append(pieces, { from, to, before: old, after: now });
    at = to;
    if (left !== undefined && left.page + left.pages <= at) a += 1;
    if (right !== undefined && right.page + right.pages <= at) b += 1;
  }
}

const holding = (run: PageRun | undefined, page: number): PageRun | undefined =>
  run !== undefined && run.page <= page ? run : undefined;

function edgeAfter(run: PageRun | undefined, page: number): number {
  if (run === undefined) return Number.POSITIVE_INFINITY;
  return run.page > page ? run.page : run.page + run.pages;
}

function agree(a: PageRun | undefined, b: PageRun | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.frame - a.page === b.frame - b.page && sameAttributes(a.attributes, b.attributes);
}

/** Joins a piece to the last one where both sides go on. */
function append(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (
    last !== undefined &&
    last.to === piece.from &&
    agree(last.before, piece.before) &&
    agree(last.after, piece.after)
  )
    pieces[pieces.length - 1] = { ...last, to: piece.to };
  else pieces.push(piece);
}
