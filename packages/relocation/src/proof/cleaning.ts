import { joinSpans, pfnOf, wholePages } from '../page.ts';
import type { Ledger } from './ledger.ts';
import { spanFinder } from './span-finder.ts';
import type { PlanView } from './view.ts';

/**
 * What is read with the MMU off: the routine until its tables are on, in-place segments by the next stage, and, where
 * the copy itself runs with the MMU off, its list and sources. Copied destinations are the routine's own to clean.
 */
export function checkCleaned(view: PlanView, ledger: Ledger): void {
  const { stage } = view;
  const cleaned = spanFinder(joinSpans(stage.cleanAtLoad.map(wholePages)));
  let checked = 0;
  const check = (pfn: number, owner: string): void => {
    checked += 1;
    if (cleaned(pfn) === undefined)
      ledger.violated('cleaned', pfn, [owner], 'it is read with the MMU off, but only the cache may hold it');
  };
  check(pfnOf(stage.start), 'routine');
  if (stage.vectors !== undefined) check(pfnOf(stage.vectors), 'vectors');
  for (const { segment, first, pages } of view.destinations) {
    if (segment.placement !== 'in-place') continue;
    for (let page = 0; page < pages; page++) check(first + page, segment.name);
  }
  if (stage.kind === 'relocation' && stage.mmu === 'off') {
    for (const { pfn, owner } of view.controlPages('entry list')) check(pfn, owner);
    view.eachCopy((_, source) => check(source, 'source'));
  }
  ledger.checked('cleaned', checked);
}
