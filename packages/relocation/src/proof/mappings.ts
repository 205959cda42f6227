import { type DescriptorSource, listMappings, type PageRun, PageTableError, walk } from '@kexeckit/arm64-pgtable';
import { hex, type PageSpan, pfnOf } from '../page.ts';
import type { PlannedTranslation } from '../temporary-tables.ts';
import { LeafCache } from './leaf-cache.ts';
import type { Ledger } from './ledger.ts';
import { type PlanView, wordsOf } from './view.ts';

type Access = 'executes' | 'reads' | 'writes';

/** Walks the loaded tables for every page that the routine touches, and lists everything that they map. */
export function checkMappings(view: PlanView, ledger: Ledger): void {
  const { translation, breadcrumbs } = view.stage;
  if (translation === undefined) return;
  const tables = loadedTables(view);
  const root = pfnOf(translation.registers.ttbr);
  const leaves = new LeafCache(translation.space, root, tables);
  const check = (pfn: number, access: Access, owner: string): void => checkPage(leaves, pfn, access, owner, ledger);
  check(pfnOf(view.stage.start), 'executes', 'routine');
  const lists = view.controlPages('entry list');
  for (const { pfn, owner } of lists) check(pfn, 'reads', owner);
  for (const { pfn, owner } of view.controlPages('constants')) check(pfn, 'reads', owner);
  for (const { pfn, owner } of view.controlPages('workspace')) check(pfn, 'writes', owner);
  if (view.stage.halt !== undefined) ledger.checked('mappings', checkInPlace(view, check));
  if (breadcrumbs) checkConsole(breadcrumbs.uart, translation, root, tables, ledger);
  view.eachCopy((destination, source, name) => {
    check(source, source === destination ? 'writes' : 'reads', name);
    check(destination, 'writes', name);
  });
  ledger.checked('mappings', 1 + lists.length + 2 * view.copied);
  checkListing(view, translation, root, tables, ledger);
}

/** What is verified in place is read; returns how many pages, those of digests and work included. */
function checkInPlace(view: PlanView, check: (pfn: number, access: Access, owner: string) => void): number {
  let checked = 2;
  for (const { segment, first, pages } of view.destinations) {
    if (segment.placement !== 'in-place') continue;
    for (let page = 0; page < pages; page++) check(first + page, 'reads', segment.name);
    checked += pages;
  }
  return checked;
}

/** The console is one page of Device memory. */
function checkConsole(
  uart: bigint,
  { space }: PlannedTranslation,
  root: number,
  tables: DescriptorSource,
  ledger: Ledger,
): void {
  const pfn = pfnOf(uart);
  const found = walk(space, root, tables, pfn);
  ledger.checked('mappings', 1);
  if (found.kind !== 'mapped' || found.frame !== pfn || found.attributes.type !== 'Device-nGnRE')
    ledger.violated('mappings', pfn, ['console'], 'the console is not mapped to itself as Device-nGnRE');
}

function loadedTables(view: PlanView): DescriptorSource {
  const pages = new Map(view.controlPages('table').map(({ pfn }) => [pfn, wordsOf(view.image, pfn)]));
  return {
    descriptor(table, index) {
      const words = pages.get(table);
      return words && { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
    },
  };
}

function checkPage(leaves: LeafCache, pfn: number, access: Access, owner: string, ledger: Ledger): void {
  const leaf = leaves.leafOf(pfn);
  const { type, writable, executable } = leaf.attributes ?? unmapped;
  const isRight =
    leaf.offset === 0 &&
    type === 'Normal' &&
    writable === (access === 'writes') &&
    executable === (access === 'executes');
  if (isRight) return;
  const owners = [access === 'reads' && owner !== 'entry list' ? `source of ${owner}` : owner];
  const complain = (detail: string): void => ledger.violated('mappings', pfn, owners, detail);
  if (leaf.attributes === undefined) {
    complain(`the routine ${access} this page: ${leaf.fault} at level ${leaf.level}`);
    return;
  }
  if (leaf.offset !== 0) complain(`it is mapped to page ${hex(pfn + leaf.offset)}, not to itself`);
  if (type !== 'Normal') complain(`it is mapped as ${type}`);
  if (writable !== (access === 'writes'))
    complain(`the routine ${access} it, but it is mapped ${writable ? 'writable' : 'read-only'}`);
  if (executable !== (access === 'executes'))
    complain(`the routine ${access} it, but it is mapped ${executable ? 'executable' : 'execute-never'}`);
}

const unmapped = { type: undefined, writable: false, executable: false };

/** Looks at everything that is mapped, wanted or not. */
function checkListing(
  view: PlanView,
  translation: PlannedTranslation,
  root: number,
  tables: DescriptorSource,
  ledger: Ledger,
): void {
  const { breadcrumbs, start } = view.stage;
  const written: PageSpan[] = [
    ...view.destinations.filter(({ segment }) => segment.placement === 'copied'),
    ...view.controlPages('workspace').map(({ pfn }) => ({ first: pfn, pages: 1 })),
  ];
  written.sort((a, b) => a.first - b.first);
  const console = breadcrumbs && pfnOf(breadcrumbs.uart);
  const routine = { first: pfnOf(start), pages: 1 };
  try {
    for (const run of listMappings(translation.space, root, tables).runs) {
      const complain = (detail: string): void =>
        ledger.violated('nothing else mapped', run.page, ['tables'], `${run.pages} pages ${detail}`);
      if (run.frame === console && run.pages === 1 && run.page === console && run.attributes.type !== 'Normal')
        continue;
      if (run.page !== run.frame) complain(`are mapped to page ${hex(run.frame)}, not to themselves`);
      if (run.attributes.type !== 'Normal') complain(`are mapped as ${run.attributes.type}`);
      if (run.attributes.writable && !isWithin(written, run)) complain('are writable, but not all are destinations');
      if (run.attributes.executable && !isWithin([routine], run)) complain('are executable, but are not the routine');
      if (!isWithin(view.banks, run)) complain('reach outside System RAM');
      ledger.checked('nothing else mapped', run.pages);
    }
  } catch (error) {
    if (!(error instanceof PageTableError)) throw error;
    ledger.violated('nothing else mapped', undefined, ['tables'], error.message);
  }
}

/** Whether a run of pages lies in the given ones, which are sorted and may touch each other. */
function isWithin(allowed: readonly PageSpan[], run: PageRun): boolean {
  let at = run.frame;
  for (const { first, pages } of allowed) {
    if (first <= at && at < first + pages) at = first + pages;
  }
  return at >= run.frame + run.pages;
}
