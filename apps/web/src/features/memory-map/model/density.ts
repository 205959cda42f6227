import { type Range, rangeSize } from '@kexeckit/ioport';
import { PAGE_SIZE, type PageSpan, pfnOf } from '@kexeckit/relocation';
import { rangeOfPages } from './item.ts';

/** How many pages lie in each of the equal parts of a window. */
export interface Density {
  readonly bins: readonly number[];
  readonly pages: number;
  /** Spans of pages that touch the window. */
  readonly runs: number;
  /** From the first page to the last; `undefined` where there is none. */
  readonly extent: Range | undefined;
}

/** Counts the pages of spans into `bins` equal parts of a window; a page counts where it starts. */
export function densityOf(spans: readonly PageSpan[], window: Range, bins: number): Density {
  const counts = Array.from({ length: bins }, () => 0);
  const origin = pfnOf(window.start);
  const perBin = Number(rangeSize(window)) / PAGE_SIZE / bins;
  const last = pfnOf(window.end);
  let total = 0;
  let touching = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = -1;
  for (const { first, pages } of spans) {
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
  return { bins: counts, pages: total, runs: touching, extent: total === 0 ? undefined : rangeOfPages(low, high) };
}

/** The addresses that one part of a window stands for. */
export function binRange(window: Range, bins: number, bin: number): Range {
  const size = rangeSize(window);
  const at = (index: number): bigint => window.start + (size * BigInt(index)) / BigInt(bins);
  return { start: at(bin), end: at(bin + 1) - 1n };
}
