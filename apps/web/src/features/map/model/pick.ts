import { count as countText, hex } from '../../../shared/format.ts';
import type { Frames } from './axis.ts';
import { laneAt, laneOf } from './layout.ts';
import { framesOf, type Mark, type MarkText, markText, rangeOfFrames } from './marks.ts';
import { type MapModel, type MarkRow, markAbove, ownKinds } from './model.ts';
import { countPages, type PageSet, runAbove, runOf, runWith } from './page-set.ts';
import type { Projection } from './projection.ts';
import type { Link } from './scene.ts';
import type { ResourceRow } from './tree.ts';

/** Something on the map, and what it says. */
export interface Picked extends MarkText {
  /** Names it in a link; undefined for what cannot be chosen. */
  readonly id: string | undefined;
  readonly frames: Frames;
  /** Pages that are copied, where it is some. */
  readonly links: readonly Link[];
}

/** How near a mark counts as pointed at, in pixels. */
const NEAR = 3;
/** Lines that are drawn for the pages under a pointer at most. */
const LINKS = 24;

/** What stands at a place of the picture. */
export function pickedAt(model: MapModel, projection: Projection, x: number, y: number): Picked | undefined {
  const lane = laneAt(y);
  if (lane === undefined || x < 0 || x > projection.width) return undefined;
  if (lane.name === 'source') return pickedSource(model, projection, x);
  if (lane.name === 'own') return pickedOwn(model, projection, x, y);
  const rows = model.rows[lane.name];
  const at = Math.min(rows.length - 1, Math.max(0, Math.floor(((y - lane.top) * rows.length) / lane.height)));
  const mark =
    markNear(rows[at], projection, x) ?? (lane.name === 'memory' ? markNear(model.ground, projection, x) : undefined);
  if (mark === undefined) return undefined;
  const picked = pickedMark(mark);
  if (lane.name !== 'destination') return picked;
  const arrival = arrivalAt(model, Math.floor(projection.frameAt(x)));
  if (arrival === undefined || projection.frameAt(x) < picked.frames.first) return picked;
  return {
    ...picked,
    text: `${picked.text} · ${hex(addressOf(arrival.destination))} is copied from ${hex(addressOf(arrival.source))}`,
    links: [arrival],
  };
}

const addressOf = (pfn: number): bigint => BigInt(pfn) * 4096n;

function arrivalAt({ pages: { arrivals } }: MapModel, pfn: number): Link | undefined {
  const run = runWith(arrivals, pfn);
  return run?.other === undefined ? undefined : { source: run.other + pfn - run.first, destination: pfn };
}

/** The mark at a place, or the nearest one that is near: a narrow one before the wide one that it lies beside. */
function markNear(row: MarkRow | undefined, { frameAt, xOf }: Projection, x: number): Mark | undefined {
  if (row === undefined) return undefined;
  const from = markAbove(row, frameAt(x - NEAR));
  const near = [0, 1, 2, 3, 4, 5].flatMap((step) => {
    const mark = row.marks[from + step];
    const [left, right] = [xOf(row.first[from + step] ?? 0), xOf(row.end[from + step] ?? 0)];
    const distance = x < left ? left - x : Math.max(0, x - right);
    return mark === undefined || distance > NEAR ? [] : [{ mark, distance, size: right - left }];
  });
  return near.toSorted((a, b) => a.distance - b.distance || a.size - b.size)[0]?.mark;
}

const pickedMark = (mark: Mark): Picked => ({ ...markText(mark), id: mark.id, frames: framesOf(mark), links: [] });

/** The page under a pointer, or those that share its pixel and its neighbours. */
function pickedSource(model: MapModel, projection: Projection, x: number): Picked | undefined {
  const { sources } = model.pages;
  const pages = pagesAt(sources, projection, x);
  if (pages === undefined) return undefined;
  if (pages.count === 1) return pickedPage(model, pages.first);
  const { count, first, end } = pages;
  return {
    name: `${countText(count)} source pages`,
    ...textOf(first, end, 'zoom in to see each'),
    id: undefined,
    frames: { first, end },
    links: linksIn(sources, first, end),
  };
}

const textOf = (first: number, end: number, text: string): Pick<MarkText, 'code' | 'text'> => {
  const range = rangeOfFrames(first, end);
  return { code: `${hex(range.start)}–${hex(range.end)}`, text };
};

/** Pages of a set at a place, from the first one to behind the last; of its neighbours where a pixel holds many. */
function pagesAt(
  set: PageSet,
  { frameAt, pixels }: Projection,
  x: number,
): { readonly first: number; readonly end: number; readonly count: number } | undefined {
  const reach = pixels >= 3 ? 0 : 1;
  const from = Math.floor(frameAt(x - reach));
  const to = Math.max(from + 1, Math.ceil(frameAt(x + reach)));
  const count = countPages(set, from, to);
  if (count === 0) return undefined;
  const above = runAbove(set, from);
  const holding = runWith(set, from);
  const first = holding === undefined ? (runOf(set, above)?.first ?? from) : from;
  const last = runOf(set, runAbove(set, to - 1) - 1);
  return { first, end: Math.min(to, (last?.first ?? from) + (last?.pages ?? 1)), count };
}

/** Where pages go, a line for each run of them, at most so many. */
function linksIn(set: PageSet, first: number, end: number): Link[] {
  const links: Link[] = [];
  for (let pfn = first; pfn < end && links.length < LINKS; ) {
    const run = runWith(set, pfn) ?? runOf(set, runAbove(set, pfn));
    if (run?.other === undefined || run.first >= end) break;
    const source = Math.max(pfn, run.first);
    links.push({ source, destination: run.other + source - run.first });
    pfn = run.first + run.pages;
  }
  return links;
}

/** A source page: where it stands, and where it goes. Undefined for a page that is none. */
function pickedPage(model: MapModel, pfn: number): Picked | undefined {
  const run = runWith(model.pages.sources, pfn);
  if (run?.other === undefined) return undefined;
  const destination = run.other + pfn - run.first;
  return {
    name: 'Source page',
    ...textOf(pfn, pfn + 1, `copied to ${hex(addressOf(destination))}${segmentText(model, destination)}`),
    id: `page@${hex(addressOf(pfn))}`,
    frames: { first: pfn, end: pfn + 1 },
    links: [{ source: pfn, destination }],
  };
}

/** Which page of which segment a destination is. */
function segmentText({ rows }: MapModel, pfn: number): string {
  for (const row of rows.destination) {
    const at = markAbove(row, pfn);
    const mark = row.marks[at];
    const first = row.first[at];
    if (mark !== undefined && first !== undefined && first <= pfn)
      return `, page ${countText(pfn - Math.floor(first) + 1)} of ${mark.name}`;
  }
  return '';
}

function pickedOwn(model: MapModel, projection: Projection, x: number, y: number): Picked | undefined {
  const { top, height } = laneOf('own');
  const kind = ownKinds[Math.min(ownKinds.length - 1, Math.max(0, Math.floor(((y - top) * ownKinds.length) / height)))];
  const pages = kind && pagesAt(model.pages.own[kind], projection, x);
  if (kind === undefined || pages === undefined) return undefined;
  const { first, end, count } = pages;
  const names = { 'entry list': 'Entry list', table: 'Page table', routine: 'Relocation routine' } as const;
  return {
    name: names[kind],
    ...textOf(first, end, count === 1 ? '1 page' : `${countText(count)} pages here`),
    id: undefined,
    frames: { first, end },
    links: [],
  };
}

/** What an id of a link names; undefined where it names nothing. */
export function pickedById(model: MapModel, rows: readonly ResourceRow[], id: string | undefined): Picked | undefined {
  const [kind = '', place = ''] = (id ?? '').split('@', 2);
  if (kind === 'page' && /^0x[0-9a-f]{1,16}$/.test(place)) return pickedPage(model, Number(BigInt(place) >> 12n));
  if (kind === 'row' && /^\d{1,9}$/.test(place)) return pickedRow(rows[Number(place)], id);
  const mark = model.marks[model.byId.get(id ?? '') ?? -1];
  return mark && pickedMark(mark);
}

function pickedRow(row: ResourceRow | undefined, id: string | undefined): Picked | undefined {
  if (row === undefined) return undefined;
  const { name, start, end } = row;
  return { ...markText({ name, start, end }), id, frames: framesOf(row), links: [] };
}

/** The id of the mark that follows another one, or goes before it; the first one in the view where none is chosen. */
export function nextMark(
  { marks, all, byId }: MapModel,
  id: string | undefined,
  step: 1 | -1,
  from: number,
): string | undefined {
  const at = byId.get(id ?? '');
  if (at !== undefined) return marks[at + step]?.id;
  const first = all.end.findIndex((end) => end > from);
  return marks[first < 0 ? marks.length - 1 : first]?.id;
}

/** The source page behind a page frame, or before it: the neighbour in its run, or the near end of the next run. */
export function nextPage({ pages: { sources } }: MapModel, pfn: number, step: 1 | -1): number | undefined {
  if (runWith(sources, pfn + step) !== undefined) return pfn + step;
  const above = runAbove(sources, pfn);
  const run = step === 1 ? runOf(sources, above) : runOf(sources, lastBelow(sources, pfn, above));
  if (run === undefined) return undefined;
  return step === 1 ? run.first : run.first + run.pages - 1;
}

/** The number of the last run that ends at or below a page. */
function lastBelow(set: PageSet, pfn: number, above: number): number {
  const run = runOf(set, above - 1);
  return run !== undefined && pfn < run.first + run.pages ? above - 2 : above - 1;
}
