import { PAGE, pfnOf } from '../page.ts';
import type { Ledger } from './ledger.ts';
import { SpanSet } from './spans.ts';
import type { PlanView } from './view.ts';

/**
 * What is read with the MMU off: the routine until its tables are on, in-place segments by the next stage, and, where
 * the copy itself runs with the MMU off, its list and sources. Copied destinations are the routine's own to clean, and what
 * the running kernel delivers is clean when it jumps: Linux's relocation cleans and invalidates every page to the point of
 * coherency behind its copy (DC CIVAC in arch/arm64/kernel/relocate_kernel.S; before 5.16 it copies past the caches), because any next
 * stage may be entered with the MMU off (booting.rst).
 */
export function checkCleaned(view: PlanView, ledger: Ledger): void {
  const { stage } = view;
  const cleaned = SpanSet.within(stage.cleanAtLoad);
  let checked = 0;
  const check = (pfn: number, owner: string): void => {
    checked += 1;
    if (!cleaned.has(pfn))
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
  checkOwn(view, cleaned, ledger);
  ledger.checked('cleaned', checked);
}

/** Ranges are whole pages, and of what was loaded: to clean what is not RAM can fault. */
function checkOwn({ stage, image }: PlanView, cleaned: SpanSet, ledger: Ledger): void {
  for (const { start, end } of stage.cleanAtLoad)
    if (start % PAGE !== 0n || (end + 1n) % PAGE !== 0n)
      ledger.violated('cleaned', pfnOf(start), ['cleaned'], 'a range is not whole pages');
  for (const { first, pages } of cleaned)
    for (let pfn = first; pfn < first + pages; pfn++)
      if (!image.has(pfn)) ledger.violated('cleaned', pfn, ['cleaned'], 'nothing was loaded here');
}
