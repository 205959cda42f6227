import { type DescriptorSource, listMappings, PageTableError, walk } from '@kexeckit/arm64-pgtable';
import { hex, pfnOf } from '../page.ts';
import { LeafCache } from './leaf-cache.ts';
import type { Ledger } from './ledger.ts';
import { SpanSet } from './spans.ts';
import type { LoadedTranslation } from './translation.ts';
import { type PlanView, wordsOf } from './view.ts';

type Access = 'executes' | 'reads' | 'writes';

/** Walks the loaded tables for every page that the routine touches, and lists everything that they map. */
export function checkMappings(view: PlanView, translation: LoadedTranslation, ledger: Ledger): void {
  const { breadcrumbs } = view.stage;
  const tables = loadedTables(view);
  const leaves = new LeafCache(translation.space, translation.root, tables);
  const check = (pfn: number, access: Access, owner: string): void => checkPage(leaves, pfn, access, owner, ledger);
  check(pfnOf(view.stage.start), 'executes', 'routine');
  const lists = view.controlPages('entry list');
  for (const { pfn, owner } of lists) check(pfn, 'reads', owner);
  for (const { pfn, owner } of view.controlPages('constants')) check(pfn, 'reads', owner);
  for (const { pfn, owner } of view.controlPages('workspace')) check(pfn, 'writes', owner);
  if (view.verifies) ledger.checked('mappings', checkStanding(view, check));
  if (breadcrumbs) checkConsole(breadcrumbs.uart, translation, tables, ledger);
  view.eachCopy((destination, source, name) => {
    check(source, source === destination ? 'writes' : 'reads', name);
    check(destination, 'writes', name);
  });
  ledger.checked('mappings', 1 + lists.length + 2 * view.copied);
  checkListing(view, translation, tables, ledger);
}

/** What is verified where it stands is read; returns how many pages, those of digests and work included. */
function checkStanding(view: PlanView, check: (pfn: number, access: Access, owner: string) => void): number {
  let checked = 2;
  for (const { segment, first, pages } of view.destinations) {
    if (segment.placement === 'copied') continue;
    for (let page = 0; page < pages; page++) check(first + page, 'reads', segment.name);
    checked += pages;
  }
  return checked;
}

/** The console is one page of Device memory. */
function checkConsole(
  uart: bigint,
  { space, root }: LoadedTranslation,
  tables: DescriptorSource,
  ledger: Ledger,
): void {
  const pfn = pfnOf(uart);
  const found = walk(space, root, tables, pfn);
  ledger.checked('mappings', 1);
  if (found.kind !== 'mapped' || found.frame !== pfn || found.attributes.type !== 'Device-nGnRE')
    ledger.violated('mappings', pfn, ['console'], 'the console is not mapped to itself as Device-nGnRE');
}

/** Most entries of most tables. */
const UNUSED = { low: 0, high: 0 };

/** The tables in memory; entries of one table are mostly read one after the other. */
function loadedTables(view: PlanView): DescriptorSource {
  const pages = new Map(view.controlPages('table').map(({ pfn }) => [pfn, wordsOf(view.image, pfn)]));
  let last = -1;
  let words: Uint32Array | undefined;
  return {
    descriptor(table, index) {
      if (table !== last) {
        last = table;
        words = pages.get(table);
      }
      if (words === undefined) return undefined;
      const low = words[2 * index] ?? 0;
      const high = words[2 * index + 1] ?? 0;
      return low === 0 && high === 0 ? UNUSED : { low, high };
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
  { space, root }: LoadedTranslation,
  tables: DescriptorSource,
  ledger: Ledger,
): void {
  const { breadcrumbs, start } = view.stage;
  const written = new SpanSet([
    ...view.destinations.filter(({ segment }) => segment.placement === 'copied'),
    ...view.controlPages('workspace').map(({ pfn }) => ({ first: pfn, pages: 1 })),
  ]);
  const console = breadcrumbs && pfnOf(breadcrumbs.uart);
  const routine = pfnOf(start);
  try {
    for (const run of listMappings(space, root, tables).runs) {
      const complain = (detail: string): void =>
        ledger.violated('nothing else mapped', run.page, ['tables'], `${run.pages} pages ${detail}`);
      if (run.frame === console && run.pages === 1 && run.page === console && run.attributes.type !== 'Normal')
        continue;
      if (run.page !== run.frame) complain(`are mapped to page ${hex(run.frame)}, not to themselves`);
      if (run.attributes.type !== 'Normal') complain(`are mapped as ${run.attributes.type}`);
      const frames = { first: run.frame, pages: run.pages };
      if (run.attributes.writable && !written.covers(frames)) complain('are writable, but not all are destinations');
      if (run.attributes.executable && (run.frame !== routine || run.pages !== 1))
        complain('are executable, but are not the routine');
      if (!view.roles.mappable.covers(frames)) complain('are not RAM that may be mapped as Normal memory');
      ledger.checked('nothing else mapped', run.pages);
    }
  } catch (error) {
    if (!(error instanceof PageTableError)) throw error;
    ledger.violated('nothing else mapped', undefined, ['tables'], error.message);
  }
}
