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
  const marks = withOwnIds(given.toSorted((a, b) => compare(a.start, b.start) || compare(b.end, a.end)));
  const inLane = (lane: LaneName): Mark[] => marks.filter((mark) => mark.lane === lane && mark.look !== 'ram');
  const lanes = ['memory', 'region', 'destination', 'source', 'own', 'found'] as const;
  const [memory, region, destination, source, own, found] = lanes.map((lane) => rowsOf(inLane(lane)));
  return {
    rows: {
      ...{ memory: memory ?? [], region: region ?? [], destination: destination ?? [] },
      ...{ source: source ?? [], own: own ?? [], found: found ?? [] },
    },
    ground: rowOf(marks.filter(({ look }) => look === 'ram')),
    marks,
    byId: new Map(marks.map(({ id }, at) => [id, at])),
    pages,
    extent: {
      memory: [...marks.filter(({ look }) => look !== 'device').map(framesOf), ...ofPages(pages)],
      end: marks.reduce((high, mark) => Math.max(high, framesOf(mark).end), 0),
    },
  };
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

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
function rowsOf(marks: readonly Mark[]): MarkRow[] {
  const rows: Mark[][] = [];
  for (const mark of marks) {
    const row = rows.find((others) => (others.at(-1)?.end ?? -1n) < mark.start);
    if (row !== undefined) row.push(mark);
    else if (rows.length < MOST_ROWS) rows.push([mark]);
  }
  return rows.map(rowOf);
}

function rowOf(marks: readonly Mark[]): MarkRow {
  const frames = marks.map(framesOf);
  return {
    marks,
    first: Float64Array.from(frames, ({ first }) => first),
    end: Float64Array.from(frames, ({ end }) => end),
  };
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
