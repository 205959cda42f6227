import { hex } from '../../../shared/format.ts';
import type { Frames } from './axis.ts';
import { HEIGHT, type Lane, laneOf, lanes, RULER } from './layout.ts';
import type { Look, Mark } from './marks.ts';
import { type MapModel, type MarkRow, ownKinds } from './model.ts';
import { countBetween, type PageSet, runAbove, runOf } from './page-set.ts';
import { LEAST_WIDTH, type Placed, type Projection, seenIn } from './projection.ts';
import { breaksOf, ticksOf } from './ruler.ts';
import type { Colour } from './theme.ts';

/** What a picture consists of, in pixels; painted on a canvas or written as SVG, in this order. */
export type Shape =
  | {
      readonly type: 'rect';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly fill?: Colour;
      /** Stripes of the colour, instead of a plain fill. */
      readonly striped?: boolean;
      readonly stroke?: Colour;
      readonly dashed?: boolean;
      /** How much of what is below is covered; all by default. */
      readonly opacity?: number;
      /** What it stands for. */
      readonly mark?: string;
    }
  | {
      readonly type: 'line';
      readonly from: readonly [x: number, y: number];
      readonly to: readonly [x: number, y: number];
      readonly stroke: Colour;
      readonly width?: number;
    }
  | {
      readonly type: 'text';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly fill: Colour;
      /** Code, which has digits of one width. */
      readonly isCode?: boolean;
    }
  | {
      /** A column for each pixel, from a base upwards. */
      readonly type: 'columns';
      readonly base: number;
      readonly heights: Float64Array;
      readonly fill: Colour;
    };

/** A picture. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

/** A page and where it goes, or comes from. */
export interface Link {
  /** The page where it stands. */
  readonly source: number;
  readonly destination: number;
}

/** What of the picture is not of the map itself. */
export interface Highlights {
  readonly chosen?: Frames | undefined;
  readonly links?: readonly Link[] | undefined;
}

/** From this on each page is drawn for itself, in pixels. */
const PAGE_BY_PAGE = 3;
/** From this on the bounds of pages are drawn. */
const BOUNDS = 7;

/** Draws what a projection shows of a map, in time in proportion to its width. */
export function sceneOf(model: MapModel, projection: Projection, { chosen, links = [] }: Highlights = {}): Scene {
  const shapes: Shape[] = [
    ...bounds(projection),
    ...holes(projection),
    ...ground(model, projection),
    ...memory(model, projection),
    ...regions(model, projection),
    ...destinations(model, projection),
    ...sources(model.pages.sources, projection),
    ...own(model, projection),
    ...found(model, projection),
    ...ruler(projection),
    ...lanes.map(({ title, titleY }): Shape => ({ type: 'text', x: 0, y: titleY, text: title, fill: 'quiet' })),
    ...links.map((link) => linkShape(link, projection)),
    ...(chosen === undefined ? [] : choice(chosen, projection)),
  ];
  return { width: projection.width, height: HEIGHT, shapes };
}

/** Width of a character of code, in pixels. */
const CODE_WIDTH = 7.3;

/** Addresses, each behind its tick, or before it at the right edge; none over another. */
function* ruler(projection: Projection): Generator<Shape, undefined> {
  let free = 0;
  for (const { x, address } of ticksOf(projection)) {
    yield { type: 'line', from: [x, RULER - 10], to: [x, RULER - 3], stroke: 'quiet' };
    const text = hex(address);
    const wide = CODE_WIDTH * text.length;
    const left = x + wide > projection.width ? projection.width - wide : x;
    if (left < free) continue;
    yield { type: 'text', x: left, y: 13, text, fill: 'quiet', isCode: true };
    free = left + wide + CODE_WIDTH;
  }
  yield { type: 'line', from: [0, RULER - 3], to: [projection.width, RULER - 3], stroke: 'hatch' };
}

/** Lines between pages, where there is room. */
function* bounds({ view, xOf, pixels, frameAt, width }: Projection): Generator<Shape, undefined> {
  if (pixels < BOUNDS) return;
  for (let frame = Math.ceil(view.from); frame <= view.to; ) {
    const x = xOf(frame);
    yield { type: 'line', from: [x, RULER], to: [x, HEIGHT], stroke: 'line' };
    if (x >= width) return;
    frame = Math.max(frame + 1, Math.ceil(frameAt(x + BOUNDS / 2)));
  }
}

function* holes(projection: Projection): Generator<Shape, undefined> {
  for (const { x, width } of breaksOf(projection))
    yield { type: 'rect', ...{ x, y: RULER - 2, width, height: HEIGHT - RULER }, fill: 'line', opacity: 0.35 };
}

function* ground({ ground: row }: MapModel, projection: Projection): Generator<Shape, undefined> {
  const { top, height } = laneOf('memory');
  for (const { index, x, width } of seenIn(row, projection))
    yield { type: 'rect', ...{ x, y: top, width, height }, fill: 'ram', ...markId(row, index) };
}

const markId = (row: MarkRow, index: number): { mark?: string } => {
  const id = row.marks[index]?.id;
  return id === undefined ? {} : { mark: id };
};

interface Style {
  readonly fill?: Colour;
  readonly striped?: boolean;
  readonly stroke?: Colour;
  readonly dashed?: boolean;
  /** How much of its row it is high. */
  readonly share?: number;
}

/** How each look is drawn. */
export const styles: Readonly<Record<Look, Style>> = {
  ram: { fill: 'ram' },
  'old kernel': { fill: 'hatch' },
  reserved: { fill: 'hatch', striped: true },
  firmware: { fill: 'hatch', striped: true, stroke: 'hatch' },
  driver: { stroke: 'hatch' },
  device: { fill: 'hatch', share: 0.3 },
  region: { stroke: 'region' },
  'crash kernel': { stroke: 'crash', dashed: true },
  kernel: { fill: 'kernel' },
  initrd: { fill: 'initrd' },
  dtb: { fill: 'dtb' },
  segment: { fill: 'dtb' },
  source: { fill: 'source' },
  'entry list': { fill: 'mark' },
  table: { fill: 'region' },
  routine: { fill: 'routine' },
  found: { fill: 'bad' },
};

function markShape(mark: Mark, { x, width }: Placed, top: number, height: number): Shape {
  const { share = 1, ...style } = styles[mark.look];
  const inset = style.stroke === undefined || width < 4 ? 0 : 1;
  return {
    type: 'rect',
    ...{
      x: x + inset,
      y: top + height * (1 - share) + inset,
      width: width - 2 * inset,
      height: height * share - 2 * inset,
    },
    ...(style.stroke !== undefined && style.fill === undefined && width < 4 ? { fill: style.stroke } : style),
    mark: mark.id,
  };
}

function* rows(all: readonly MarkRow[], lane: Lane, projection: Projection): Generator<Shape, undefined> {
  const height = lane.height / Math.max(1, all.length);
  for (const [at, row] of all.entries())
    for (const placed of seenIn(row, projection)) {
      const mark = row.marks[placed.index];
      if (mark !== undefined) yield markShape(mark, placed, lane.top + at * height, height);
    }
}

const memory = (model: MapModel, projection: Projection): Iterable<Shape> =>
  rows(model.rows.memory, laneOf('memory'), projection);

const regions = (model: MapModel, projection: Projection): Iterable<Shape> =>
  rows(model.rows.region, laneOf('region'), projection);

const inks: Readonly<Partial<Record<Look, Colour>>> = { kernel: 'kernelInk', initrd: 'initrdInk' };

/** Segments have their names on them, where there is room. */
function* destinations(model: MapModel, projection: Projection): Generator<Shape, undefined> {
  const lane = laneOf('destination');
  yield* rows(model.rows.destination, lane, projection);
  const height = lane.height / Math.max(1, model.rows.destination.length);
  if (height < 14) return;
  for (const [at, row] of model.rows.destination.entries())
    for (const { index, x, width } of seenIn(row, projection)) {
      const mark = row.marks[index];
      const ink = mark && inks[mark.look];
      const left = Math.max(0, x);
      if (mark === undefined || ink === undefined || x + width - left < 8 * mark.name.length + 12) continue;
      yield { type: 'text', x: left + 6, y: lane.top + at * height + height / 2 + 4, text: mark.name, fill: ink };
    }
}

/** Pages by their number where several share a pixel, one by one where each has room. */
function* sources(set: PageSet, projection: Projection): Generator<Shape, undefined> {
  const { top, height } = laneOf('source');
  yield { type: 'line', from: [0, top + height], to: [projection.width, top + height], stroke: 'line' };
  if (projection.pixels >= PAGE_BY_PAGE) yield* pagesOneByOne(set, projection, { top, height, fill: 'source' });
  else yield densityOf(set, projection, top, height);
}

/** A column for each pixel, as high as it has pages, the densest one full; even one page is seen. */
function densityOf(set: PageSet, { width, frameAt }: Projection, top: number, height: number): Shape {
  const columns = Math.max(1, Math.round(width));
  const edges = Float64Array.from({ length: columns + 1 }, (_, x) => frameAt(x));
  const heights = new Float64Array(columns);
  countBetween(set, edges, heights);
  let densest = 1;
  for (const pages of heights) densest = Math.max(densest, pages);
  for (const [x, pages] of heights.entries())
    if (pages > 0) heights[x] = Math.max(4, Math.round((height * pages) / densest));
  return { type: 'columns', base: top + height, heights, fill: 'source' };
}

/** What pages look like that are drawn one by one. */
interface PageLook {
  readonly top: number;
  readonly height: number;
  readonly fill: Colour;
}

/** Each page, at most one for each pixel. */
function* pagesOneByOne(
  set: PageSet,
  projection: Projection,
  { top, height, fill }: PageLook,
): Generator<Shape, undefined> {
  const { view, xOf, frameAt } = projection;
  for (let pfn = Math.floor(view.from); pfn < view.to; ) {
    const at = runAbove(set, pfn) - 1;
    const before = runOf(set, at);
    const run = before !== undefined && pfn < before.first + before.pages ? before : runOf(set, at + 1);
    if (run === undefined) return;
    pfn = Math.max(pfn, run.first);
    if (pfn >= view.to) return;
    const x = xOf(pfn);
    const width = xOf(pfn + 1) - x;
    const gap = width >= PAGE_BY_PAGE ? 1 : 0;
    yield { type: 'rect', ...{ x, y: top, width: Math.max(LEAST_WIDTH, width - gap), height }, fill };
    pfn = Math.max(pfn + 1, Math.ceil(frameAt(x + 1)));
  }
}

/** A plan's own pages, each kind in a row. */
function* own({ pages }: MapModel, projection: Projection): Generator<Shape, undefined> {
  const { top, height } = laneOf('own');
  const each = height / ownKinds.length;
  for (const [at, kind] of ownKinds.entries()) {
    const { fill = 'mark' } = styles[kind];
    yield* pagesOneByOne(pages.own[kind], projection, { top: top + at * each + 1, height: each - 2, fill });
  }
}

/** Where something is wrong: a mark in a lane of its own, and a line through all others. */
function* found(model: MapModel, projection: Projection): Generator<Shape, undefined> {
  const { top, height } = laneOf('found');
  for (const row of model.rows.found)
    for (const { index, x, width } of seenIn(row, projection)) {
      yield { type: 'line', from: [x + 0.5, RULER], to: [x + 0.5, top], stroke: 'bad', width: 1 };
      const wide = Math.max(7, width);
      yield {
        type: 'rect',
        ...{ x: x - (wide - width) / 2, y: top, width: wide, height },
        fill: 'bad',
        ...markId(row, index),
      };
    }
}

/** From a page to where it goes. */
function linkShape({ source, destination }: Link, { xOf, pixels }: Projection): Shape {
  const half = Math.min(pixels, 400) / 2;
  const above = laneOf('destination');
  return {
    type: 'line',
    from: [within(xOf(source) + half), laneOf('source').top],
    to: [within(xOf(destination) + half), above.top + above.height],
    stroke: 'ink',
    width: 1.5,
  };
}

const within = (x: number): number => Math.min(1e5, Math.max(-1e5, x));

/** What is chosen, through all lanes. */
function* choice({ first, end }: Frames, { xOf, width }: Projection): Generator<Shape, undefined> {
  const [x, right] = [Math.max(-4, xOf(first)), Math.min(width + 4, xOf(end))];
  if (right < 0 || x > width) return;
  const box = { x, y: RULER - 2, width: Math.max(LEAST_WIDTH, right - x), height: HEIGHT - RULER };
  yield { type: 'rect', ...box, fill: 'accent', opacity: 0.12 };
  yield { type: 'rect', ...box, stroke: 'accent' };
}
