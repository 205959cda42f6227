import { ENTRIES_PER_PAGE, EntryWalker } from '../entry-list.ts';
import { RelocationError } from '../error.ts';
import { PageSet } from '../page-set.ts';
import type { Ledger } from './ledger.ts';
import { type PlanView, wordsOf } from './view.ts';

/** Reads the entry list as the routine will, and compares it with the plan. */
export function checkEntryList(view: PlanView, ledger: Ledger): void {
  for (const pfn of view.plannedTwice)
    ledger.violated('entry list', pfn, [nameOf(view, pfn)], 'the plan copies to this page twice');
  // To its end first: what the copies of a list that has none look like would mislead.
  const copies = countCopies(view, ledger);
  if (copies === undefined) return;
  const done = new PageSet();
  const walker = listWalker(view);
  while (walker.next()) checkCopy(view, walker.source, walker.destination, done, ledger);
  for (const { segment, first, pages } of view.destinations) {
    if (segment.placement !== 'copied') continue;
    for (let pfn = first; pfn < first + pages; pfn++) {
      if (!done.has(pfn)) ledger.violated('entry list', pfn, [segment.name], 'nothing is copied to this page');
    }
  }
  ledger.checked('entry list', copies);
  ledger.checked('order', copies);
}

function countCopies(view: PlanView, ledger: Ledger): number | undefined {
  const walker = listWalker(view);
  try {
    let copies = 0;
    while (walker.next()) copies += 1;
    return copies;
  } catch (error) {
    if (!(error instanceof RelocationError)) throw error;
    ledger.violated('entry list', undefined, ['entry list'], error.message);
    return undefined;
  }
}

function listWalker(view: PlanView): EntryWalker {
  const lists = view.plan.controlPages.filter(({ owner }) => owner === 'entry list');
  const words = new Map(lists.map(({ pfn }) => [pfn, wordsOf(view.image, pfn)]));
  return new EntryWalker(view.plan.head, (pfn) => words.get(pfn), (words.size + 1) * ENTRIES_PER_PAGE, true);
}

/** @param done the destinations of all copies before this one. */
function checkCopy(view: PlanView, source: number, destination: number, done: PageSet, ledger: Ledger): void {
  const planned = view.sourceOf(destination);
  if (planned !== source) {
    const owners = [
      nameOf(view, destination),
      planned === undefined ? 'not planned' : `planned source 0x${planned.toString(16)}`,
    ];
    ledger.violated('entry list', destination, owners, `the list copies page 0x${source.toString(16)} here`);
  }
  // A page that is read as a source after it was written as a destination has lost its content.
  if (done.has(source)) {
    const owners = [`source of page 0x${destination.toString(16)}`];
    ledger.violated('order', source, owners, 'it was overwritten before it is read');
  }
  if (!done.add(destination)) {
    ledger.violated('entry list', destination, [nameOf(view, destination)], 'the list copies to this page twice');
  }
}

const nameOf = (view: PlanView, pfn: number): string => view.destinationOf(pfn)?.segment.name ?? 'nobody';
