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

/** Addresses at even steps, powers of two of them, and the starts of what lies behind holes. */
export function ticksOf({ axis, view, xOf, pixels, width }: Projection): Tick[] {
  // In bytes: within a page there are addresses too.
  const step = 2 ** Math.max(4, Math.ceil(Math.log2((APART / pixels) * 4096)));
  const ticks: Tick[] = [];
  const put = (frame: number): void => {
    const x = xOf(frame);
    if (x < 0 || x > width || x - (ticks.at(-1)?.x ?? -APART) < APART * 0.8) return;
    ticks.push({ x, address: BigInt(Math.round(frame * 4096)) });
  };
  for (const part of axis.parts) {
    if (part.isHole || part.pfn + part.pages < view.from || part.pfn > view.to) continue;
    if (part.pfn >= view.from) put(part.pfn);
    const from = Math.max(view.from, part.pfn) * 4096;
    const to = Math.min(view.to, part.pfn + part.pages) * 4096;
    for (let byte = Math.ceil(from / step) * step; byte < to; byte += step) put(byte / 4096);
  }
  return ticks;
}

/** The holes that are seen. */
export function breaksOf({ axis, view, xOf }: Projection): Break[] {
  if (axis.scale === 'linear') return [];
  return axis.parts
    .filter(({ isHole, pfn, pages }) => isHole && pfn < view.to && pfn + pages > view.from)
    .map(({ pfn, pages }) => ({ x: xOf(pfn), width: xOf(pfn + pages) - xOf(pfn) }));
}
