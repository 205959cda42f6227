import { type DescriptorSource, listMappings, type PageRun, PageTableError } from '@kexeckit/arm64-pgtable';
import { type PageSpan, pfnOf } from '../page.ts';
import type { PlannedTranslation } from '../plan.ts';
import { LeafCache } from './leaf-cache.ts';
import type { Ledger } from './ledger.ts';
import { type PlanView, wordsOf } from './view.ts';

type Access = 'executes' | 'reads' | 'writes';

/** Walks the loaded tables for every page that the routine touches, and lists everything that they map. */
export function checkMappings(view: PlanView, ledger: Ledger): void {
  const { translation } = view.plan;
  if (translation === undefined) return;
  const tables = loadedTables(view);
  const root = pfnOf(translation.registers.ttbr);
  const leaves = new LeafCache(translation.space, root, tables);
  const check = (pfn: number, access: Access, owner: string): void => checkPage(leaves, pfn, access, owner, ledger);
  check(pfnOf(view.plan.routine), 'executes', 'routine');
  const lists = view.plan.controlPages.filter(({ owner }) => owner === 'entry list');
  for (const { pfn, owner } of lists) check(pfn, 'reads', owner);
  view.eachCopy((destination, source, name) => {
    check(source, source === destination ? 'writes' : 'reads', name);
    check(destination, 'writes', name);
  });
  ledger.checked('mappings', 1 + lists.length + 2 * view.copied);
  checkListing(view, translation, root, tables, ledger);
}

function loadedTables(view: PlanView): DescriptorSource {
  const pages = new Map(
    view.plan.controlPages.filter(({ owner }) => owner === 'table').map(({ pfn }) => [pfn, wordsOf(view.image, pfn)]),
  );
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
  if (leaf.offset !== 0) complain(`it is mapped to page 0x${(pfn + leaf.offset).toString(16)}, not to itself`);
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
  const written = view.destinations.filter(({ segment }) => segment.placement === 'copied');
  const routine = { first: pfnOf(view.plan.routine), pages: 1 };
  try {
    for (const run of listMappings(translation.space, root, tables).runs) {
      const complain = (detail: string): void =>
        ledger.violated('nothing else mapped', run.va, ['tables'], `${run.pages} pages ${detail}`);
      if (run.va !== run.pa) complain(`are mapped to page 0x${run.pa.toString(16)}, not to themselves`);
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

/** Whether a run of pages lies in the given ones, which may touch each other. */
function isWithin(allowed: readonly PageSpan[], run: PageRun): boolean {
  let at = run.pa;
  for (const { first, pages } of allowed.toSorted((a, b) => a.first - b.first)) {
    if (first <= at && at < first + pages) at = first + pages;
  }
  return at >= run.pa + run.pages;
}
