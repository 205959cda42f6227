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

/** Left edge and width of a range in a row, as CSS. */
export function percentIn(window: Range, range: Range): { left: string; width: string } {
  const place = placeIn(window, range);
  return { left: `${100 * (place?.left ?? 0)}%`, width: `${100 * (place?.width ?? 0)}%` };
}
