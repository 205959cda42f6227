import { type DescriptorSource, listMappings, PageTableError, walk } from '@kexeckit/arm64-pgtable';
import { pfnOf } from '../page.ts';
import type { PlannedTranslation } from '../plan.ts';
import type { Ledger } from './ledger.ts';
import type { PlanView } from './view.ts';

type Access = 'executes' | 'reads' | 'writes';

/** Walks the loaded tables for every page that the routine touches, and lists everything that they map. */
export function checkMappings(view: PlanView, ledger: Ledger): void {
  const { translation } = view.plan;
  if (translation === undefined) return;
  const tables = loadedTables(view);
  const root = pfnOf(translation.registers.ttbr0);
  const check = (pfn: number, access: Access, owner: string): void =>
    checkPage(translation, root, tables, pfn, access, owner, ledger);
  check(pfnOf(view.plan.routine), 'executes', 'routine');
  for (const { pfn, owner } of view.plan.controlPages) if (owner === 'entry list') check(pfn, 'reads', owner);
  for (const [destination, source] of view.sourceOf) {
    const name = view.destinationOf(destination)?.segment.name ?? 'nobody';
    check(source, source === destination ? 'writes' : 'reads', `source of ${name}`);
    check(destination, 'writes', name);
  }
  checkListing(view, translation, root, tables, ledger);
}

function loadedTables(view: PlanView): DescriptorSource {
  const pages = new Map(
    view.plan.controlPages
      .filter(({ owner }) => owner === 'table')
      .map(({ pfn }) => {
        const bytes = view.image.page(pfn);
        return [pfn, bytes && new Uint32Array(bytes.buffer, bytes.byteOffset, 1024)];
      }),
  );
  return {
    descriptor(table, index) {
      const words = pages.get(table);
      return words && { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
    },
  };
}

function checkPage(
  translation: PlannedTranslation,
  root: number,
  tables: DescriptorSource,
  pfn: number,
  access: Access,
  owner: string,
  ledger: Ledger,
): void {
  ledger.checked('mappings', 1);
  const found = walk(translation.space, root, tables, pfn);
  const complain = (detail: string): void => ledger.violated('mappings', pfn, [owner], detail);
  if (found.kind !== 'mapped') {
    complain(`the routine ${access} this page: ${found.kind} at level ${found.level}`);
    return;
  }
  const { type, writable, executable } = found.attributes;
  if (found.page !== pfn) complain(`it is mapped to page 0x${found.page.toString(16)}, not to itself`);
  if (type !== 'Normal') complain(`it is mapped as ${type}`);
  if (writable !== (access === 'writes'))
    complain(`the routine ${access} it, but it is mapped ${writable ? 'writable' : 'read-only'}`);
  if (executable !== (access === 'executes'))
    complain(`the routine ${access} it, but it is mapped ${executable ? 'executable' : 'execute-never'}`);
}

/** Nothing but System RAM, and no page that is writable and executable. */
function checkListing(
  view: PlanView,
  translation: PlannedTranslation,
  root: number,
  tables: DescriptorSource,
  ledger: Ledger,
): void {
  try {
    for (const run of listMappings(translation.space, root, tables).runs) {
      ledger.checked('nothing else mapped', run.pages);
      const { writable, executable } = run.attributes;
      if (writable && executable)
        ledger.violated('nothing else mapped', run.pa, ['tables'], `${run.pages} pages are writable and executable`);
      if (!isWithinRam(view, run.pa, run.pages))
        ledger.violated('nothing else mapped', run.pa, ['tables'], `${run.pages} pages reach outside System RAM`);
    }
  } catch (error) {
    if (!(error instanceof PageTableError)) throw error;
    ledger.violated('nothing else mapped', undefined, ['tables'], error.message);
  }
}

/** Whether a run of pages lies in System RAM; it may span ranges that touch. */
function isWithinRam(view: PlanView, first: number, pages: number): boolean {
  let at = first;
  const banks = view.plan.ram.map(({ start, end }) => ({
    first: Number((start + 4095n) >> 12n),
    next: Number((end + 1n) >> 12n),
  }));
  for (const bank of banks.toSorted((a, b) => a.first - b.first))
    if (bank.first <= at && at < bank.next) at = bank.next;
  return at >= first + pages;
}
