import { pfnOf } from '../page.ts';
import type { Ledger } from './ledger.ts';
import type { PlanView } from './view.ts';

/**
 * What is read with the MMU off: the routine until its tables are on, in-place segments by the next stage, and, where
 * the copy itself runs with the MMU off, its list and sources. Copied destinations are the routine's own to clean.
 */
export function checkCleaned(view: PlanView, ledger: Ledger): void {
  const cleaned = view.plan.cleanAtLoad.map(({ start, end }) => ({ first: pfnOf(start), last: pfnOf(end) }));
  cleaned.sort((a, b) => a.first - b.first);
  const check = (pfn: number, owner: string): void => {
    ledger.checked('cleaned', 1);
    if (!covers(cleaned, pfn))
      ledger.violated('cleaned', pfn, [owner], 'it is read with the MMU off, but only the cache may hold it');
  };
  check(pfnOf(view.plan.routine), 'routine');
  if (view.plan.vectors !== undefined) check(pfnOf(view.plan.vectors), 'vectors');
  for (const { segment, first, pages } of view.destinations) {
    if (segment.placement !== 'in-place') continue;
    for (let page = 0; page < pages; page++) check(first + page, segment.name);
  }
  if (view.plan.routineKind !== 'copy-mmu-off') return;
  for (const { pfn, owner } of view.plan.controlPages) if (owner === 'entry list') check(pfn, owner);
  for (const source of view.sourceOf.values()) check(source, 'source');
}

/** Whether one of the sorted ranges holds the page. */
function covers(ranges: readonly { first: number; last: number }[], pfn: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.last ?? 0) < pfn) low = middle + 1;
    else high = middle;
  }
  const found = ranges[low];
  return found !== undefined && found.first <= pfn;
}
