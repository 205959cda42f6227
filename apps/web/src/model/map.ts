import {
  descendantsOf,
  findByName,
  mergeRanges,
  parseIomem,
  type Range,
  rangesOverlap,
  systemRam,
} from '@kexeckit/ioport';
import type { RebootPlan } from '@kexeckit/reboot';
import {
  type ControlPageOwner,
  copiesOf,
  type PlannedSegment,
  type StagePlan,
  strategyNamed,
} from '@kexeckit/relocation';
import { type Bank, banksOf } from './banks.ts';
import { type Density, densityOf, type PageRun } from './density.ts';
import { type ItemKind, type MapItem, rangeItem } from './item.ts';
import { windowAround } from './window.ts';

/** One bar of the map: a window of addresses with everything in it. */
export interface MapRow {
  readonly window: Range;
  readonly ram: readonly Range[];
  /** Bytes of System RAM in the window. */
  readonly bytes: number;
  readonly items: readonly MapItem[];
  /** Where the source pages lie; `undefined` where none does. */
  readonly sources: Density | undefined;
}

/** The map of a machine, with or without a plan on it. */
export interface MapModel {
  readonly banks: readonly MapRow[];
  /** The destinations, magnified; `bank` is the row they lie in. */
  readonly zoom: { readonly row: MapRow; readonly bank: number } | undefined;
  /** Most source pages in one bin of a bank: the full height of the density strip. */
  readonly densest: number;
}

/** Parts that a row is cut into to count source pages. */
const BINS = 240;
/** Control pages of one kind that lie in the same of these parts of a row share a mark. */
const MARKS = 120;

const markNames: Readonly<Record<ControlPageOwner, string>> = {
  'entry list': 'Entry list',
  table: 'Page tables',
  routine: 'Relocation routine',
  constants: 'Digests',
  workspace: 'Work page',
  vectors: 'EL2 vectors',
};

/** Draws a machine's memory map, and on it what a plan does with the memory. */
export function mapOf(iomem: string, reboot?: RebootPlan): MapModel {
  const plan = reboot?.relocation;
  const tree = parseIomem(iomem);
  const banks = banksOf(systemRam(tree));
  const fixed = [
    ...mergeRanges(findByName(tree, 'reserved')).map((range) => rangeItem('reserved', 'Reserved', range)),
    ...[...descendantsOf(tree.root)].flatMap((resource) =>
      resource.name === 'Kernel code' || resource.name === 'Kernel data'
        ? [rangeItem('old kernel', `${resource.name} of the running kernel`, resource)]
        : [],
    ),
    ...findByName(tree, 'Crash kernel').map((range) => rangeItem('crash kernel', 'Crash kernel', range)),
  ];
  const items =
    reboot === undefined ? fixed : [...fixed, ...regionItems(reboot), ...destinationItems(reboot.relocation)];
  const runs = plan === undefined ? [] : Array.from(copiesOf(plan).sources());
  const rowOf = (window: Range, bank: Bank): MapRow => draw(window, bank, items, runs, plan);
  const rows = banks.map((bank) => rowOf(bank, bank));
  return {
    banks: rows,
    zoom: plan && zoomOf(plan, banks, rowOf),
    densest: rows.reduce((most, { sources }) => Math.max(most, ...(sources?.bins ?? [])), 0),
  };
}

function draw(
  window: Range,
  bank: Bank,
  items: readonly MapItem[],
  runs: readonly PageRun[],
  plan: StagePlan | undefined,
): MapRow {
  const inside = items.filter((item) => rangesOverlap(item, window));
  const sources = densityOf(runs, window, BINS);
  return {
    window: { start: window.start, end: window.end },
    ram: bank.ram.filter((range) => rangesOverlap(range, window)),
    bytes: bank.bytes,
    items: [...inside, ...(plan === undefined ? [] : controlItems(plan, window))],
    sources: sources.pages === 0 ? undefined : sources,
  };
}

function zoomOf(
  plan: StagePlan,
  banks: readonly Bank[],
  rowOf: (window: Range, bank: Bank) => MapRow,
): MapModel['zoom'] {
  const destinations = plan.placement.segments.filter(({ memsz }) => memsz > 0n).map(destinationOf);
  const first = destinations[0];
  const bank = banks.findIndex((candidate) => first !== undefined && rangesOverlap(candidate, first));
  const found = banks[bank];
  if (found === undefined) return undefined;
  const inBank = destinations.filter((range) => rangesOverlap(range, found));
  return { row: rowOf(windowAround(inBank, found), found), bank };
}

const destinationOf = ({ mem, memsz }: PlannedSegment): Range => ({ start: mem, end: mem + memsz - 1n });

/** The region, both halves; a crash kernel's is on the map anyway. */
function regionItems({ relocation, generation }: RebootPlan): MapItem[] {
  if (generation === undefined || strategyNamed(relocation.strategy).displaces !== undefined) return [];
  const { region, half } = generation;
  const note =
    half === undefined
      ? 'reserved for the next kernel'
      : `reserved; its ${half} half for the next kernel, the other one for the kernel after it`;
  return [rangeItem('region', 'Kexec kernel', region, note)];
}

function destinationItems(plan: StagePlan): MapItem[] {
  return plan.placement.segments
    .filter(({ memsz }) => memsz > 0n)
    .map((segment) =>
      rangeItem(
        kindOf(segment.name),
        segment.name,
        destinationOf(segment),
        segment.placement === 'copied' ? 'destination, copied at the reboot' : 'destination, loaded in place',
      ),
    );
}

function kindOf(name: string): ItemKind {
  return name === 'kernel' || name === 'initrd' || name === 'dtb' ? name : 'segment';
}

/** What a control page looks like on the map: digests, work page and vectors are the routine's. */
export function markKindOf(owner: ControlPageOwner): ItemKind {
  return owner === 'entry list' || owner === 'table' ? owner : 'routine';
}

/** Control pages in the window, those that would lie on each other joined into one mark. */
function controlItems(plan: StagePlan, window: Range): MapItem[] {
  const perMark = Number(window.end - window.start + 1n) / MARKS;
  const marks = new Map<string, { kind: ControlPageOwner; first: number; last: number; pages: number }>();
  const pages = plan.controlPages.toSorted((a, b) => a.pfn - b.pfn);
  for (const { pfn, owner } of pages) {
    const offset = pfn * 4096 - Number(window.start);
    if (offset < 0 || pfn * 4096 > Number(window.end)) continue;
    const key = `${owner} ${Math.floor(offset / perMark)}`;
    const mark = marks.get(key);
    if (mark === undefined) marks.set(key, { kind: owner, first: pfn, last: pfn, pages: 1 });
    else Object.assign(mark, { last: pfn, pages: mark.pages + 1 });
  }
  return [...marks.values()].map(({ kind: owner, first, last, pages }) => ({
    kind: markKindOf(owner),
    name: markNames[owner],
    start: BigInt(first) * 4096n,
    end: BigInt(last + 1) * 4096n - 1n,
    pages,
    ...(last - first + 1 > pages && { note: 'scattered in this range' }),
  }));
}
