import { ENTRIES_PER_PAGE, EntryWalker } from '../entry-list.ts';
import { RelocationError } from '../error.ts';
import { hex, type PageSpan } from '../page.ts';
import { PageSet } from '../page-set.ts';
import type { RelocationPlan } from '../stage.ts';
import type { Ledger } from './ledger.ts';
import { NO_SOURCE } from './planned-sources.ts';
import { type PlanView, wordsOf } from './view.ts';

/**
 * Reads the entry list as the routine will, and compares it with the plan.
 *
 * @returns the destinations in the order in which they are copied, neighbours joined; none where the list is broken.
 */
export function checkEntryList(view: PlanView, ledger: Ledger): PageSpan[] {
  checkDestined(view, ledger);
  for (const pfn of view.plannedTwice)
    ledger.violated('entry list', pfn, [nameOf(view, pfn)], 'the plan copies to this page twice');
  const done = new PageSet();
  const landed: { first: number; pages: number }[] = [];
  if (view.stage.kind === 'relocation' && !checkCopies(view, view.stage, { done, landed }, ledger)) return [];
  for (const { segment, first, pages } of view.destinations) {
    if (segment.placement !== 'copied') continue;
    for (let pfn = first; pfn < first + pages; pfn++) {
      if (!done.has(pfn)) ledger.violated('entry list', pfn, [segment.name], 'nothing is copied to this page');
    }
  }
  return landed;
}

/** Pages are copied to the segments that are to be copied, and nowhere else: with the MMU off nothing would stop them. */
function checkDestined(view: PlanView, ledger: Ledger): void {
  for (const pfn of view.strays)
    ledger.violated('copies', pfn, ['nobody'], 'a page is copied to where no segment lies');
  for (const destination of view.destinations) {
    if (destination.segment.placement === 'copied') continue;
    const at = view.sourcesOf(destination).findIndex((source) => source !== NO_SOURCE);
    if (at >= 0)
      ledger.violated(
        'copies',
        destination.first + at,
        [destination.segment.name],
        'a page that stands there already is copied over',
      );
  }
  for (const { pfn, owner } of view.stage.controlPages)
    if (view.sourceOf(pfn) !== undefined)
      ledger.violated('copies', pfn, [owner], 'a page that the routine needs is copied over');
  ledger.checked('copies', view.copied);
}

/** What was copied so far. */
interface Copied {
  readonly done: PageSet;
  /** Destinations in their order. */
  readonly landed: { first: number; pages: number }[];
}

/** Follows the list; false where it does not end. Adds the destinations of its copies to `done`. */
function checkCopies(view: PlanView, plan: RelocationPlan, copied: Copied, ledger: Ledger): boolean {
  // To its end first: what the copies of a list that has none look like would mislead.
  const copies = countCopies(view, plan, ledger);
  if (copies === undefined) return false;
  const walker = listWalker(view, plan);
  while (walker.next()) checkCopy(view, walker.source, walker.destination, copied, ledger);
  ledger.checked('entry list', copies);
  ledger.checked('order', copies);
  return true;
}

function countCopies(view: PlanView, plan: RelocationPlan, ledger: Ledger): number | undefined {
  const walker = listWalker(view, plan);
  try {
    const { size } = view.image;
    let copies = 0;
    while (copies <= size && walker.next()) copies += 1;
    if (copies <= size) return copies;
    ledger.violated('entry list', undefined, ['entry list'], `it does not end with ${size} copies, of ${size} pages`);
    return undefined;
  } catch (error) {
    if (!(error instanceof RelocationError)) throw error;
    ledger.violated('entry list', undefined, ['entry list'], error.message);
    return undefined;
  }
}

function listWalker(view: PlanView, { head }: RelocationPlan): EntryWalker {
  const words = new Map(view.controlPages('entry list').map(({ pfn }) => [pfn, wordsOf(view.image, pfn)]));
  return new EntryWalker(head, (pfn) => words.get(pfn), (words.size + 1) * ENTRIES_PER_PAGE, true);
}

function checkCopy(
  view: PlanView,
  source: number,
  destination: number,
  { done, landed }: Copied,
  ledger: Ledger,
): void {
  const last = landed.at(-1);
  if (last !== undefined && last.first + last.pages === destination) last.pages += 1;
  else landed.push({ first: destination, pages: 1 });
  const planned = view.sourceOf(destination);
  if (planned !== source) {
    const owners = [
      nameOf(view, destination),
      planned === undefined ? 'not planned' : `planned source ${hex(planned)}`,
    ];
    ledger.violated('entry list', destination, owners, `the list copies page ${hex(source)} here`);
  }
  // A page that is read as a source after it was written as a destination has lost its content.
  if (done.has(source)) {
    const owners = [`source of page ${hex(destination)}`];
    ledger.violated('order', source, owners, 'it was overwritten before it is read');
  }
  if (!done.add(destination)) {
    ledger.violated('entry list', destination, [nameOf(view, destination)], 'the list copies to this page twice');
  }
}

const nameOf = (view: PlanView, pfn: number): string => view.destinationOf(pfn)?.segment.name ?? 'nobody';
