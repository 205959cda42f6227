import type { HostStanding } from '@kexeckit/rollout';
import type { MapLayout } from './layout.ts';
import { standings } from './picture.ts';

/** A colour as canvases keep it: four bytes. */
export type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

/** Colours of cells. `mark` is drawn on what is filled. */
export interface MapColours {
  readonly fill: Readonly<Record<HostStanding, Rgba>>;
  readonly mark: Readonly<Record<HostStanding, Rgba>>;
}

/** Whether a pixel of a cell is marked. Columns and rows are counted from the middle. */
type Mark = (column: number, row: number, size: number) => boolean;

const isThin = (distance: number, size: number): boolean => Math.abs(distance) < Math.max(0.6, size / 9);
const isInside = (column: number, row: number, size: number): boolean =>
  Math.max(Math.abs(column), Math.abs(row)) < size / 2 - Math.max(1, size / 9);

/** Which of five checks a pixel is in. */
const checkOf = (at: number, size: number): number => Math.floor((at + size / 2) / Math.max(1, Math.round(size / 5)));

/** What is drawn on a cell, so that colours alone tell nothing. */
const marks: Readonly<Record<HostStanding, Mark>> = {
  waiting: isInside,
  running: (column, row) => column + row > 0,
  done: () => false,
  refused: (_, row, size) => isThin(row, size),
  failed: (column, row, size) => isThin(Math.abs(column) - Math.abs(row), size),
  lost: (column, row, size) => (checkOf(column, size) + checkOf(row, size)) % 2 === 0,
  undone: (column, _, size) => isThin(column, size),
  skipped: (column, row, size) => !isInside(column, row, size),
  deferred: (column, row) => column < 0 === row < 0,
};

/** Pixels of a cell that a mark can be seen on. */
const MARKED = 4;

/** Pixels of a cell in each standing, row by row. */
export type Tiles = readonly Uint32Array[];

/** @param size pixels of a cell without its gap. */
export function tilesOf(size: number, { fill, mark }: MapColours): Tiles {
  return standings.map((standing) => {
    const [filled, marked] = [wordOf(fill[standing]), wordOf(mark[standing])];
    const isMarked = marks[standing];
    const middle = (size - 1) / 2;
    return Uint32Array.from({ length: size * size }, (_, at) => {
      const [column, row] = [(at % size) - middle, Math.floor(at / size) - middle];
      return size >= MARKED && isMarked(column, row, size) ? marked : filled;
    });
  });
}

/** Canvases keep red first, and the least byte of a word comes first on every machine that has a browser. */
const wordOf = ([red, green, blue, alpha]: Rgba): number => ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

/** Pixels of the screen for one of the page. */
export interface Sharpness {
  readonly ratio: number;
  readonly width: number;
  readonly height: number;
}

/** More a canvas cannot be high or wide, in any browser. */
const EDGE_MAX = 16_384;

/** How sharp the map can be drawn: as the screen is, unless that would be more than a canvas can have. */
export function sharpnessOf({ width, height }: MapLayout, wanted: number): Sharpness {
  const ratio = Math.min(wanted, EDGE_MAX / width, EDGE_MAX / height);
  return { ratio, width: Math.max(1, Math.floor(width * ratio)), height: Math.max(1, Math.floor(height * ratio)) };
}

/** Pixels of a cell and of the gap beside it, on the screen; the smallest cells have none, and there is always a cell. */
export function cellPixels(cell: number, ratio: number): { readonly size: number; readonly gap: number } {
  const all = Math.max(1, Math.floor(cell * ratio));
  const gap = cell > 3 && all > 1 ? Math.min(all - 1, Math.max(1, Math.round(ratio))) : 0;
  return { size: all - gap, gap };
}

/**
 * Draws every cell of a map.
 *
 * @param pixels of the whole canvas, which are made empty before.
 */
export function drawCells(
  pixels: Uint32Array,
  { ratio, width, height }: Sharpness,
  { cell, columns, blocks }: MapLayout,
  standing: Uint8Array,
  tiles: Tiles,
): void {
  pixels.fill(0);
  const { size } = cellPixels(cell, ratio);
  for (const { first, hosts, top } of blocks) {
    for (let within = 0; within < hosts; within++) {
      const tile = tiles[standing[first + within] ?? 0];
      const left = Math.floor((within % columns) * cell * ratio);
      const up = Math.floor((top + Math.floor(within / columns) * cell) * ratio);
      if (tile === undefined || up + size > height || left + size > width) continue;
      let from = 0;
      for (let y = 0; y < size; y++) {
        const to = (up + y) * width + left;
        for (let x = 0; x < size; x++) pixels[to + x] = tile[from++] ?? 0;
      }
    }
  }
}
