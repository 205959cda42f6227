import { type Range, rangeSize, rangesOverlap } from '@kexeckit/ioport';

/** Where a range lies in a row: fractions of the row's width. */
export interface Place {
  readonly left: number;
  readonly width: number;
}

/** Places a range in the window of addresses that a row shows, cut at its edges; `undefined` outside of it. */
export function placeIn(window: Range, range: Range): Place | undefined {
  if (!rangesOverlap(window, range)) return undefined;
  const span = Number(rangeSize(window));
  const start = range.start < window.start ? window.start : range.start;
  const end = range.end > window.end ? window.end : range.end;
  return { left: Number(start - window.start) / span, width: Number(end - start + 1n) / span };
}

const MIB = 1n << 20n;

/** The addresses around `ranges`, a twelfth of their span to either side, on MiB boundaries, cut to `bounds`. */
export function windowAround(ranges: readonly Range[], bounds: Range): Range {
  const first = ranges.reduce((low, { start }) => (start < low ? start : low), ranges[0]?.start ?? bounds.start);
  const last = ranges.reduce((high, { end }) => (end > high ? end : high), ranges[0]?.end ?? bounds.end);
  const pad = (last - first + 1n) / 12n;
  const start = ((first > pad ? first - pad : 0n) / MIB) * MIB;
  const end = ((last + pad) / MIB + 1n) * MIB - 1n;
  return { start: start < bounds.start ? bounds.start : start, end: end > bounds.end ? bounds.end : end };
}
