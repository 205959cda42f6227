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
  let held: { first: number; last: number } | undefined;
  const check = (pfn: number, owner: string): void => {
    // Pages come in runs: the range that held the last one mostly holds the next.
    if (held === undefined || pfn < held.first || held.last < pfn) held = rangeAround(cleaned, pfn);
    if (held === undefined)
      ledger.violated('cleaned', pfn, [owner], 'it is read with the MMU off, but only the cache may hold it');
  };
  check(pfnOf(view.plan.routine), 'routine');
  if (view.plan.vectors !== undefined) {
    check(pfnOf(view.plan.vectors), 'vectors');
    ledger.checked('cleaned', 1);
  }
  ledger.checked('cleaned', 1);
  for (const { segment, first, pages } of view.destinations) {
    if (segment.placement !== 'in-place') continue;
    for (let page = 0; page < pages; page++) check(first + page, segment.name);
    ledger.checked('cleaned', pages);
  }
  if (view.plan.routineKind !== 'copy-mmu-off') return;
  const lists = view.plan.controlPages.filter(({ owner }) => owner === 'entry list');
  for (const { pfn, owner } of lists) check(pfn, owner);
  view.eachCopy((_, source) => check(source, 'source'));
  ledger.checked('cleaned', lists.length + view.copied);
}

/** The one of the sorted ranges that holds a page. */
function rangeAround<Range extends { first: number; last: number }>(
  ranges: readonly Range[],
  pfn: number,
): Range | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.last ?? 0) < pfn) low = middle + 1;
    else high = middle;
  }
  const found = ranges[low];
  return found !== undefined && found.first <= pfn ? found : undefined;
}
