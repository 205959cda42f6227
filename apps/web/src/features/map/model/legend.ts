import { pickKeys } from '../../../shared/keys.ts';
import type { Look } from './marks.ts';
import { type MapModel, ownKinds } from './model.ts';
import { pagesIn } from './page-set.ts';

/** What each look is called in the legend, in this order. */
export const lookNames: Readonly<Record<Look, string>> = {
  ram: 'System RAM',
  'old kernel': 'running kernel',
  reserved: 'reserved',
  firmware: 'firmware',
  driver: 'driver-managed',
  device: 'device',
  region: 'Kexec kernel',
  'crash kernel': 'Crash kernel',
  kernel: 'kernel',
  initrd: 'initrd',
  dtb: 'device tree',
  segment: 'other segment',
  source: 'source page',
  'entry list': 'entry list',
  table: 'page table',
  routine: 'relocation routine',
  found: 'found wrong',
};

/** One line of the legend: a look, and how many pages have it. */
export interface LegendEntry {
  readonly look: Look;
  readonly pages: number;
}

/** What a map with a plan usually has: listed even where there is none, so that nothing moves from plan to plan. */
export const usualLooks: readonly Look[] = pickKeys(lookNames).filter(
  (look) => !['segment', 'device', 'firmware', 'driver', 'found'].includes(look),
);

/** The looks of a map, and `always`, in the order of the legend. */
export function legendOf(map: MapModel, always: readonly Look[] = []): LegendEntry[] {
  const pages = pagesByLook(map);
  return pickKeys(lookNames).flatMap((look) => {
    const amount = pages.get(look) ?? 0;
    return amount > 0 || always.includes(look) ? [{ look, pages: amount }] : [];
  });
}

/** Pages that marks of a look touch, each once for each mark. */
function pagesByLook({ all, pages: { sources, own } }: MapModel): Map<Look, number> {
  const found = new Map<Look, number>([['source', pagesIn(sources)]]);
  for (const kind of ownKinds) found.set(kind, pagesIn(own[kind]));
  for (const [at, { look }] of all.marks.entries()) {
    const pages = Math.ceil(all.end[at] ?? 0) - Math.floor(all.first[at] ?? 0);
    found.set(look, (found.get(look) ?? 0) + pages);
  }
  return found;
}
