import { type Copy, ENTRIES_PER_PAGE, walkEntries } from '../entry-list.ts';
import { RelocationError } from '../error.ts';
import type { Ledger } from './ledger.ts';
import { type PlanView, wordAt } from './view.ts';

/** Reads the entry list as the routine will, and compares it with the plan. */
export function checkEntryList(view: PlanView, ledger: Ledger): void {
  const copies = readList(view, ledger);
  if (copies === undefined) return;
  const done = new Set<number>();
  for (const { source, destination } of copies) {
    const planned = view.sourceOf.get(destination);
    const name = view.destinationOf(destination)?.segment.name;
    if (planned !== source) {
      const owners = [
        name ?? 'nobody',
        planned === undefined ? 'not planned' : `planned source 0x${planned.toString(16)}`,
      ];
      ledger.violated('entry list', destination, owners, `the list copies page 0x${source.toString(16)} here`);
    }
    if (done.has(destination))
      ledger.violated('entry list', destination, [name ?? 'nobody'], 'the list copies to this page twice');
    done.add(destination);
  }
  for (const { segment, first, pages } of view.destinations) {
    if (segment.placement !== 'copied') continue;
    for (let pfn = first; pfn < first + pages; pfn++) {
      if (!done.has(pfn)) ledger.violated('entry list', pfn, [segment.name], 'nothing is copied to this page');
    }
  }
  ledger.checked('entry list', copies.length);
  checkOrder(copies, ledger);
}

function readList(view: PlanView, ledger: Ledger): Copy[] | undefined {
  const lists = new Set(view.plan.controlPages.filter(({ owner }) => owner === 'entry list').map(({ pfn }) => pfn));
  const read = (pfn: number, index: number): bigint | undefined =>
    lists.has(pfn) ? wordAt(view.image, pfn, index) : undefined;
  try {
    return [...walkEntries(view.plan.head, read, (lists.size + 1) * ENTRIES_PER_PAGE)];
  } catch (error) {
    if (!(error instanceof RelocationError)) throw error;
    ledger.violated('entry list', undefined, ['entry list'], error.message);
    return undefined;
  }
}

/** A page that is read as a source after it was written as a destination has lost its content. */
function checkOrder(copies: readonly Copy[], ledger: Ledger): void {
  const written = new Set<number>();
  for (const { source, destination } of copies) {
    if (written.has(source)) {
      ledger.violated(
        'order',
        source,
        [`source of page 0x${destination.toString(16)}`],
        'it was overwritten before it is read',
      );
    }
    written.add(destination);
  }
  ledger.checked('order', copies.length);
}
