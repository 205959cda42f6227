/** A piece of an axis: pages, and the units that they take on it. In a piece that is no hole a page is a unit. */
export interface AxisPart {
  readonly pfn: number;
  readonly pages: number;
  /** Where it begins, in units. */
  readonly at: number;
  readonly units: number;
  readonly isHole: boolean;
}

/** How holes are shown: as long as they are, or no longer than what makes them seen. */
export type Scale = 'linear' | 'compressed';

/** An axis of addresses. Page frames are doubles, which may stand within a page: exact to the byte in all of memory. */
export interface Axis {
  readonly scale: Scale;
  readonly parts: readonly AxisPart[];
  /** Length of the whole. */
  readonly units: number;
  /** The page frame behind the last. */
  readonly end: number;
}

/** Page frames from `first` up to but not including `end`. */
export interface Frames {
  readonly first: number;
  readonly end: number;
}

/** The holes together take no more than one part in so many of the memory. */
const HOLES_SHARE = 4;
/** A hole takes no more than one part in so many. */
const HOLE_SHARE = 64;

/** What of an axis is memory, and where the axis ends at the least: devices may lie behind all memory. */
export interface Extent {
  readonly memory: readonly Frames[];
  readonly end: number;
}

/** An axis of pages as long as they are, from address 0 to the end. */
export function linearAxis({ memory, end: least }: Extent): Axis {
  const end = Math.ceil(memory.reduce((high, { end: last }) => Math.max(high, last), Math.max(1, least)));
  return { scale: 'linear', parts: [{ pfn: 0, pages: end, at: 0, units: end, isHole: false }], units: end, end };
}

/** The same with holes in memory that are no longer than a small share of it. */
export function compressedAxis(extent: Extent): Axis {
  const { end } = linearAxis(extent);
  const filled = joined(extent.memory);
  const sum = filled.reduce((pages, part) => pages + part.end - part.first, 0);
  const most = Math.max(1, Math.floor(sum / Math.max(HOLE_SHARE, HOLES_SHARE * filled.length)));
  const parts: AxisPart[] = [];
  const add = (pfn: number, pages: number, isHole: boolean): void => {
    const last = parts.at(-1);
    const at = last === undefined ? 0 : last.at + last.units;
    if (last !== undefined && !last.isHole && !isHole)
      parts[parts.length - 1] = { ...last, pages: last.pages + pages, units: last.units + pages };
    else parts.push({ pfn, pages, at, units: isHole ? most : pages, isHole });
  };
  let next = 0;
  for (const { first, end: behind } of filled) {
    if (first > next) add(next, first - next, first - next > most);
    add(first, behind - first, false);
    next = behind;
  }
  if (next < end) add(next, end - next, end - next > most);
  const last = parts.at(-1);
  return { scale: 'compressed', parts, units: last === undefined ? end : last.at + last.units, end };
}

/** The axis of a scale. */
export const axisOf = (scale: Scale, extent: Extent): Axis =>
  scale === 'linear' ? linearAxis(extent) : compressedAxis(extent);

/** Whole pages, in order, neighbours joined. */
function joined(some: readonly Frames[]): Frames[] {
  const sorted = some
    .map(({ first, end }) => ({ first: Math.floor(first), end: Math.ceil(end) }))
    .toSorted((a, b) => a.first - b.first);
  const found: { first: number; end: number }[] = [];
  for (const part of sorted) {
    const last = found.at(-1);
    if (last !== undefined && part.first <= last.end) last.end = Math.max(last.end, part.end);
    else found.push({ ...part });
  }
  return found;
}

/** The number of the last part that begins at or before a place; the first one where none does. */
export function partIndex(axis: Axis, place: number, of: 'pfn' | 'at'): number {
  let low = 0;
  let high = axis.parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((axis.parts[middle]?.[of] ?? 0) > place) high = middle;
    else low = middle + 1;
  }
  return Math.max(0, low - 1);
}

const partAt = (axis: Axis, place: number, of: 'pfn' | 'at'): AxisPart | undefined =>
  axis.parts[partIndex(axis, place, of)];

/** Where a page frame stands, in units. */
export function unitOf(axis: Axis, pfn: number): number {
  const part = partAt(axis, pfn, 'pfn');
  return part === undefined ? pfn : part.at + ((pfn - part.pfn) * part.units) / part.pages;
}

/** The page frame that stands at a place. */
export function frameOf(axis: Axis, unit: number): number {
  const part = partAt(axis, unit, 'at');
  return part === undefined ? unit : part.pfn + ((unit - part.at) * part.pages) / part.units;
}
