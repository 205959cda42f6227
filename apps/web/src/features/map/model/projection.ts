import { type Axis, frameOf, unitOf } from './axis.ts';
import { type MarkRow, markAbove } from './model.ts';
import type { View } from './view.ts';

/** Where page frames stand in a picture, in pixels from its left edge. */
export interface Projection {
  readonly width: number;
  readonly view: View;
  readonly axis: Axis;
  readonly xOf: (frame: number) => number;
  readonly frameAt: (x: number) => number;
  /** Pixels that a page takes where there is no hole. */
  readonly pixels: number;
}

/** A view, drawn so wide. */
export function projectionOf(axis: Axis, view: View, width: number): Projection {
  const low = unitOf(axis, view.from);
  const pixels = width / (unitOf(axis, view.to) - low);
  return {
    ...{ width, view, axis, pixels },
    xOf: (frame) => (unitOf(axis, frame) - low) * pixels,
    frameAt: (x) => frameOf(axis, low + x / pixels),
  };
}

/** A mark's place in the picture. */
export interface Placed {
  readonly index: number;
  readonly x: number;
  readonly width: number;
}

/** The least that a mark takes, in pixels. */
export const LEAST_WIDTH = 2;

/** The marks of a row that are seen, at most one for each pixel: time in proportion to the width. */
export function* seenIn(row: MarkRow, { view, xOf, frameAt, width }: Projection): Generator<Placed, undefined> {
  let index = markAbove(row, view.from);
  while (index < row.marks.length && (row.first[index] ?? 0) < view.to) {
    const x = Math.max(-4, xOf(row.first[index] ?? 0));
    const right = Math.min(width + 4, xOf(row.end[index] ?? 0));
    yield { index, x, width: Math.max(LEAST_WIDTH, right - x) };
    index = Math.max(index + 1, markAbove(row, frameAt(Math.floor(x) + 1), index));
  }
}
