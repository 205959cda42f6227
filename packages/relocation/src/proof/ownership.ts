import { hex, PAGE } from '../page.ts';
import { PageSet } from '../page-set.ts';
import type { Ledger } from './ledger.ts';
import { firstDifference } from './same-bytes.ts';
import type { PlanView } from './view.ts';

/** Destinations are disjoint whole pages. */
export function checkDestinations(view: PlanView, ledger: Ledger): void {
  const sorted = view.destinations.toSorted((a, b) => a.first - b.first);
  sorted.forEach(({ segment, first, pages }, index) => {
    ledger.checked('segments', pages);
    const after = sorted[index + 1];
    if (after !== undefined && first + pages > after.first)
      ledger.violated('segments', after.first, [segment.name, after.segment.name], 'two segments claim this page');
  });
  for (const { name, mem, memsz } of view.stage.placement.segments)
    if (mem % PAGE !== 0n || memsz % PAGE !== 0n)
      ledger.violated('segments', Number(mem / PAGE), [name], 'the segment is not whole pages');
}

/** The kernel's invariant: copying in list order can then never clobber a source. */
export function checkSources(view: PlanView, ledger: Ledger): void {
  const used = new PageSet();
  view.eachCopy((destination, source, name) => {
    const owner = source === destination ? undefined : view.destinationOf(source);
    if (owner !== undefined) {
      const owners = [`source of ${name}`, owner.segment.name];
      ledger.violated('sources', source, owners, "a source lies in another page's destination");
    }
    if (!used.add(source)) {
      const other = ledger.tells('sources') ? earlierUser(view, source, destination) : 0;
      const owners = [`source of ${name}`, `source of page ${hex(other)}`];
      ledger.violated('sources', source, owners, 'two destinations share a source');
    }
  });
  ledger.checked('sources', view.copied);
}

/** The last destination before `destination` that has the same source: a search, for the few violations that are told. */
function earlierUser(view: PlanView, source: number, destination: number): number {
  let found = 0;
  let isBefore = true;
  view.eachCopy((other, its) => {
    if (other === destination) isBefore = false;
    if (isBefore && its === source) found = other;
  });
  return found;
}

/** Routine, entry list and tables lie where nothing is copied from or to. */
export function checkControlPages(view: PlanView, ledger: Ledger): void {
  const seen = new Map<number, string>();
  for (const { pfn, owner } of view.stage.controlPages) {
    const destination = view.destinationOf(pfn);
    const other = seen.get(pfn);
    if (destination !== undefined || view.sourceOf(pfn) !== undefined) {
      const owners = [owner, destination?.segment.name ?? 'a copy'];
      ledger.violated('control pages', pfn, owners, 'a control page would be overwritten');
    }
    if (view.sources.has(pfn))
      ledger.violated('control pages', pfn, [owner, 'source'], 'a control page is also a source');
    if (other !== undefined) ledger.violated('control pages', pfn, [owner, other], 'a control page is used twice');
    seen.set(pfn, owner);
  }
  ledger.checked('control pages', view.stage.controlPages.length);
}

/** What the routine will use is what was planned: no stray write has touched it since, and nothing else was written. */
export function checkLoaded(view: PlanView, ledger: Ledger): void {
  const { controlPages } = view.stage;
  for (const { pfn, owner, bytes } of controlPages) {
    const loaded = view.image.page(pfn);
    const wrong = loaded === undefined ? 0 : firstDifference(loaded, bytes);
    if (wrong >= 0) ledger.violated('loaded', pfn, [owner], `byte ${wrong} of this page is not as planned`);
  }
  ledger.checked('loaded', controlPages.length);
  const standing = view.destinations.filter(({ segment }) => segment.placement !== 'copied');
  const known = standing.reduce((sum, { pages }) => sum + pages, view.sources.size + controlPages.length);
  if (view.image.size > known)
    ledger.violated('loaded', undefined, ['nobody'], `${view.image.size - known} pages were loaded that nobody owns`);
}
