import { type Range, rangeSize } from '@kexeckit/ioport';

/** Consecutive pages, by frame number. */
export interface PageRun {
  readonly first: number;
  readonly pages: number;
}

/** How many pages lie in each of the equal parts of a window. */
export interface Density {
  readonly bins: readonly number[];
  readonly pages: number;
  /** Runs of pages that touch the window. */
  readonly runs: number;
  /** From the first page to the last; `undefined` where there is none. */
  readonly extent: Range | undefined;
}

/** Counts the pages of runs into `bins` equal parts of a window; a page counts where it starts. */
export function densityOf(runs: readonly PageRun[], window: Range, bins: number): Density {
  const counts = Array.from({ length: bins }, () => 0);
  const origin = Number(window.start / 4096n);
  const perBin = Number(rangeSize(window)) / 4096 / bins;
  const last = Number(window.end / 4096n);
  let total = 0;
  let touching = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = -1;
  for (const { first, pages } of runs) {
    const from = Math.max(first, origin);
    const to = Math.min(first + pages - 1, last);
    if (from > to) continue;
    touching += 1;
    low = Math.min(low, from);
    high = Math.max(high, to);
    for (let pfn = from; pfn <= to; pfn++) {
      const bin = Math.min(Math.floor((pfn - origin) / perBin), bins - 1);
      counts[bin] = (counts[bin] ?? 0) + 1;
      total += 1;
    }
  }
  const extent = total === 0 ? undefined : { start: BigInt(low) * 4096n, end: BigInt(high + 1) * 4096n - 1n };
  return { bins: counts, pages: total, runs: touching, extent };
}

/** The addresses that one part of a window stands for. */
export function binRange(window: Range, bins: number, bin: number): Range {
  const size = rangeSize(window);
  const at = (index: number): bigint => window.start + (size * BigInt(index)) / BigInt(bins);
  return { start: at(bin), end: at(bin + 1) - 1n };
}
