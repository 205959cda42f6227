import type { Extent, Frames } from './axis.ts';
import { framesOf, type LaneName, type Mark } from './marks.ts';
import { noPages, type PageSet, runOf, runsIn } from './page-set.ts';

/** Pages of a plan that are told apart by their colour. */
export type OwnKind = 'entry list' | 'table' | 'routine';

/** The kinds of a plan's own pages, as they are drawn from the top. */
export const ownKinds: readonly OwnKind[] = ['entry list', 'table', 'routine'];

/** Single pages of a plan, up to millions. */
export interface PlanPages {
  /** Where what is copied stands; `other` is where it goes. */
  readonly sources: PageSet;
  /** Where it goes; `other` is where it stands. */
  readonly arrivals: PageSet;
  readonly own: Readonly<Record<OwnKind, PageSet>>;
}

/** What a plan has on a map. */
export interface PlanOnMap {
  readonly marks: readonly Mark[];
  readonly pages: PlanPages;
}

/** A row of marks in order, none over another. */
export interface MarkRow {
  readonly marks: readonly Mark[];
  readonly first: Float64Array;
  readonly end: Float64Array;
}

/** Everything that can be drawn of a map. */
export interface MapModel {
  /** Marks by their lanes; what overlaps within a lane has rows of its own. */
  readonly rows: Readonly<Record<LaneName, readonly MarkRow[]>>;
  /** System RAM: the ground that the memory's other marks stand on. */
  readonly ground: MarkRow;
  /** All marks by address, as the keys go from one to the next. */
  readonly marks: readonly Mark[];
  /** The same with their page frames. */
  readonly all: MarkRow;
  readonly byId: ReadonlyMap<string, number>;
  readonly pages: PlanPages;
  /** What is memory, and where all ends: a device's window may be terabytes long. */
  readonly extent: Extent;
}

/** No plan. */
export const noPlanPages: PlanPages = {
  ...{ sources: noPages, arrivals: noPages },
  own: { 'entry list': noPages, table: noPages, routine: noPages },
};

/** A model of marks and pages. Marks of one id have a number from the second on. */
export function modelOf(given: readonly Mark[], pages: PlanPages = noPlanPages): MapModel {
  const all = sortedRow(given);
  const marks = withOwnIds(all.marks);
  const found: Record<LaneName, number[]> = { memory: [], region: [], destination: [], source: [], own: [], found: [] };
  const ground: number[] = [];
  const memory: Frames[] = ofPages(pages);
  let last = 0;
  for (const [at, { lane, look }] of marks.entries()) {
    const [first, end] = [all.first[at] ?? 0, all.end[at] ?? 0];
    (look === 'ram' ? ground : found[lane]).push(at);
    if (look !== 'device') memory.push({ first, end });
    last = Math.max(last, end);
  }
  const row: MarkRow = { ...all, marks };
  return {
    rows: {
      ...{ memory: rowsOf(row, found.memory), region: rowsOf(row, found.region), own: rowsOf(row, found.own) },
      ...{ destination: rowsOf(row, found.destination), source: rowsOf(row, found.source) },
      found: rowsOf(row, found.found),
    },
    ground: partOf(row, ground),
    ...{ marks, all: row, pages },
    byId: new Map(marks.map(({ id }, at) => [id, at])),
    extent: { memory, end: last },
  };
}

/** Marks by address, the longer one first; each address is turned into a number once. */
function sortedRow(given: readonly Mark[]): MarkRow {
  const first = new Float64Array(given.length);
  const end = new Float64Array(given.length);
  for (const [at, mark] of given.entries()) {
    const frames = framesOf(mark);
    first[at] = frames.first;
    end[at] = frames.end;
  }
  const order = Uint32Array.from({ length: given.length }, (_, at) => at).sort(
    (a, b) => (first[a] ?? 0) - (first[b] ?? 0) || (end[b] ?? 0) - (end[a] ?? 0) || a - b,
  );
  return partOf({ marks: given, first, end }, order);
}

/** Some marks of a row, in this order. */
function partOf(row: MarkRow, indexes: ArrayLike<number>): MarkRow {
  const marks: Mark[] = [];
  const first = new Float64Array(indexes.length);
  const end = new Float64Array(indexes.length);
  for (let to = 0; to < indexes.length; to++) {
    const from = indexes[to] ?? 0;
    const mark = row.marks[from];
    if (mark !== undefined) marks.push(mark);
    first[to] = row.first[from] ?? 0;
    end[to] = row.end[from] ?? 0;
  }
  return { marks, first, end };
}

function withOwnIds(marks: readonly Mark[]): Mark[] {
  const seen = new Map<string, number>();
  return marks.map((mark) => {
    const times = (seen.get(mark.id) ?? 0) + 1;
    seen.set(mark.id, times);
    return times === 1 ? mark : { ...mark, id: `${mark.id}.${times}` };
  });
}

/** The first run of each set, and the last: pages outside of every mark are on the map too. */
function ofPages({ sources, own }: PlanPages): Frames[] {
  return [sources, ...Object.values(own)].flatMap((set) => {
    const first = runOf(set, 0);
    const last = runOf(set, runsIn(set) - 1);
    if (first === undefined || last === undefined) return [];
    return [first, last].map((run) => ({ first: run.first, end: run.first + run.pages }));
  });
}

/** Rows of one lane at most: what has no room in them is in the table alone. */
const MOST_ROWS = 16;

/** Each mark in the first row that has room for it. */
function rowsOf(all: MarkRow, indexes: readonly number[]): MarkRow[] {
  const rows: number[][] = [];
  for (const at of indexes) {
    const first = all.first[at] ?? 0;
    const row = rows.find((others) => (all.end[others.at(-1) ?? -1] ?? 0) <= first);
    if (row !== undefined) row.push(at);
    else if (rows.length < MOST_ROWS) rows.push([at]);
  }
  return rows.map((row) => partOf(all, row));
}

/** The number of the first mark of a row that ends above a page frame. */
export function markAbove({ end }: MarkRow, frame: number, from = 0): number {
  let low = from;
  let high = end.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((end[middle] ?? 0) > frame) high = middle;
    else low = middle + 1;
  }
  return low;
}
