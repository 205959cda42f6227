import { partIndex } from './axis.ts';
import type { Projection } from './projection.ts';

/** An address on the ruler. */
export interface Tick {
  readonly x: number;
  readonly address: bigint;
}

/** A hole that is not as long as it is. */
export interface Break {
  readonly x: number;
  readonly width: number;
}

/** Pixels from one address to the next at the least. */
const APART = 118;

/** The least that lies between the starts of two addresses. */
const LEAST_APART = APART * 0.8;

/** Addresses at even steps, powers of two of them, and the starts of what lies behind holes; in time in proportion to the width. */
export function ticksOf({ axis, view, xOf, frameAt, pixels, width }: Projection): Tick[] {
  // In bytes: within a page there are addresses too.
  const step = 2 ** Math.max(4, Math.ceil(Math.log2((APART / pixels) * 4096)));
  const ticks: Tick[] = [];
  const put = (frame: number): void => {
    const x = xOf(frame);
    if (x < 0 || x > width || x - (ticks.at(-1)?.x ?? -APART) < LEAST_APART) return;
    ticks.push({ x, address: BigInt(Math.round(frame * 4096)) });
  };
  for (let at = partIndex(axis, view.from, 'pfn'); at < axis.parts.length; ) {
    const part = axis.parts[at];
    if (part === undefined || part.pfn > view.to) break;
    at += 1;
    if (part.isHole) continue;
    if (part.pfn >= view.from) put(part.pfn);
    const from = Math.max(view.from, part.pfn) * 4096;
    const to = Math.min(view.to, part.pfn + part.pages) * 4096;
    for (let byte = Math.ceil(from / step) * step; byte < to; byte += step) put(byte / 4096);
    // What begins before there is room is passed over.
    const last = ticks.at(-1);
    if (last !== undefined) at = Math.max(at, partIndex(axis, frameAt(last.x + LEAST_APART), 'pfn'));
  }
  return ticks;
}

/** The holes that are seen, at most one for each pixel. */
export function breaksOf({ axis, view, xOf, frameAt }: Projection): Break[] {
  if (axis.scale === 'linear') return [];
  const found: Break[] = [];
  for (let at = partIndex(axis, view.from, 'pfn'); at < axis.parts.length; ) {
    const part = axis.parts[at];
    if (part === undefined || part.pfn >= view.to) break;
    at += 1;
    if (!part.isHole || part.pfn + part.pages <= view.from) continue;
    const x = xOf(part.pfn);
    const right = xOf(part.pfn + part.pages);
    found.push({ x, width: right - x });
    at = Math.max(at, partIndex(axis, frameAt(Math.floor(x) + 1), 'pfn'));
  }
  return found;
}
