import { type Range, rangesOverlap } from '@kexeckit/ioport';
import type { RebootPlan } from '@kexeckit/reboot';
import { PAGE_SIZE } from '@kexeckit/relocation';
import { count } from '../../../shared/format.ts';
import { lookOf } from './control-marks.ts';
import { type ItemKind, type MapItem, pagesOf, rangeItem, rangeOfPages } from './item.ts';
import type { MapModel, MapRow } from './map.ts';

/** A line of the table that says the same as the map. */
export interface MapTableRow {
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly pages: number;
  readonly note: string;
}

/** Marks that stand for several control pages: the table lists each by itself. */
const joined: ReadonlySet<ItemKind> = new Set(['entry list', 'table', 'routine']);

/** Everything on the map in words: banks, their source pages, areas, and each control page by itself. */
export function mapTable(map: MapModel, plan: RebootPlan | undefined): MapTableRow[] {
  return map.banks.flatMap((row, index) => {
    const areas = row.items.filter(({ kind }) => !joined.has(kind)).map(lineOf);
    const lines = [...areas, ...controlLines(plan, row.window)].toSorted((a, b) => Number(a.start - b.start));
    return [bankLine(row, index), ...sourceLines(row), ...lines];
  });
}

function bankLine({ window: { start, end }, bytes }: MapRow, index: number): MapTableRow {
  return { name: `Bank ${index + 1}`, start, end, pages: bytes / PAGE_SIZE, note: 'System RAM' };
}

function sourceLines({ sources }: MapRow): MapTableRow[] {
  if (sources?.extent === undefined) return [];
  const { extent, pages, runs } = sources;
  return [{ name: 'Source pages', ...extent, pages, note: `scattered, in ${count(runs)} runs` }];
}

function controlLines(plan: RebootPlan | undefined, bank: Range): MapTableRow[] {
  return (plan?.stage.controlPages ?? [])
    .map(({ pfn, owner }) => rangeItem(lookOf(owner), `Control page: ${owner}`, rangeOfPages(pfn)))
    .filter((item) => rangesOverlap(item, bank))
    .map(lineOf);
}

function lineOf(item: MapItem): MapTableRow {
  return { name: item.name, start: item.start, end: item.end, pages: pagesOf(item), note: item.note ?? '' };
}
