import type { PicturedWave } from './picture.ts';

/** The cells of a wave: rows below its name. */
interface WaveBlock {
  readonly first: number;
  readonly hosts: number;
  /** Pixels from the top of the map to its first row. */
  readonly top: number;
  readonly rows: number;
}

/** Where each host has its cell, in pixels of the page. */
export interface MapLayout {
  readonly width: number;
  readonly height: number;
  /** Pixels of a cell, its gap included. */
  readonly cell: number;
  readonly columns: number;
  readonly hosts: number;
  readonly blocks: readonly WaveBlock[];
}

/** Pixels of a cell. */
const LEAST = 3;
const MOST = 16;
/** Pixels that the rows take together, where cells can be made small enough. */
const ROOM = 460;
/** Pixels of a wave's name, and of the space below its rows. */
export const HEAD = 24;
const FOOT = 8;

/** Lays out the hosts of waves, one wave below the other, in cells as large as there is room for. */
export function layoutOf(waves: readonly Pick<PicturedWave, 'first' | 'hosts'>[], width: number): MapLayout {
  const hosts = waves.reduce((sum, wave) => sum + wave.hosts, 0);
  const wanted = Math.floor(Math.sqrt((width * ROOM) / Math.max(1, hosts)));
  const cell = Math.min(MOST, Math.max(LEAST, wanted));
  const columns = Math.max(1, Math.floor(width / cell));
  let top = 0;
  const blocks = waves.map((wave) => {
    const rows = Math.ceil(wave.hosts / columns);
    const block = { first: wave.first, hosts: wave.hosts, top: top + HEAD, rows };
    top += HEAD + rows * cell + FOOT;
    return block;
  });
  return { width, height: Math.max(1, top), cell, columns, hosts, blocks };
}

/** The host whose cell is at a place. */
export function hostAtPlace({ cell, columns, blocks }: MapLayout, x: number, y: number): number | undefined {
  const block = blocks.find(({ top, rows }) => y >= top && y < top + rows * cell);
  const column = Math.floor(x / cell);
  if (block === undefined || column < 0 || column >= columns) return undefined;
  const within = Math.floor((y - block.top) / cell) * columns + column;
  return within < block.hosts ? block.first + within : undefined;
}

/** Left and top edge of a host's cell. */
export function placeOfHost({ cell, columns, blocks }: MapLayout, host: number): readonly [x: number, y: number] {
  const block = blockOf(blocks, host);
  if (block === undefined) return [0, 0];
  const within = host - block.first;
  return [(within % columns) * cell, block.top + Math.floor(within / columns) * cell];
}

const blockOf = (blocks: readonly WaveBlock[], host: number): WaveBlock | undefined =>
  blocks.find(({ first, hosts }) => host >= first && host < first + hosts);

/** Where a key leads from a host; undefined for a key that moves nothing. */
export function hostAfterKey(layout: MapLayout, host: number, key: string): number | undefined {
  const last = layout.hosts - 1;
  if (last < 0) return undefined;
  const clamped = (at: number): number => Math.min(last, Math.max(0, at));
  switch (key) {
    case 'ArrowLeft':
      return clamped(host - 1);
    case 'ArrowRight':
      return clamped(host + 1);
    case 'ArrowUp':
      return above(layout, host, -1);
    case 'ArrowDown':
      return above(layout, host, 1);
    case 'PageUp':
      return nextWave(layout, host, -1);
    case 'PageDown':
      return nextWave(layout, host, 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}

/** The host above or below, in the next wave where the rows of this one end. */
function above(layout: MapLayout, host: number, step: 1 | -1): number {
  const { columns, blocks } = layout;
  const filled = blocks.filter(({ hosts }) => hosts > 0);
  const index = filled.findIndex(({ first, hosts }) => host >= first && host < first + hosts);
  const block = filled[index];
  if (block === undefined) return host;
  const within = host - block.first;
  const column = within % columns;
  const row = Math.floor(within / columns) + step;
  if (row >= 0 && row < block.rows) return block.first + Math.min(block.hosts - 1, row * columns + column);
  const next = filled[index + step];
  if (next === undefined) return host;
  const there = step === 1 ? 0 : next.rows - 1;
  return next.first + Math.min(next.hosts - 1, there * columns + column);
}

function nextWave({ blocks }: MapLayout, host: number, step: 1 | -1): number {
  const filled = blocks.filter(({ hosts }) => hosts > 0);
  const index = filled.findIndex(({ first, hosts }) => host >= first && host < first + hosts);
  return filled[index + step]?.first ?? host;
}
