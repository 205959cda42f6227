import type { StagePlan } from '@kexeckit/relocation';
import { count } from './format.ts';
import { type MapItem, pagesOf, rangeItem } from './item.ts';
import { type MapModel, markKindOf } from './map.ts';

/** A line of the table that says the same as the map. */
export interface MapTableRow {
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly pages: number;
  readonly note: string;
}

/** Everything on the map in words: banks, their source pages, areas, and each control page by itself. */
export function mapTable(map: MapModel, plan: StagePlan | undefined): MapTableRow[] {
  return map.banks.flatMap((row, index) => {
    const { start, end } = row.window;
    const bank = { name: `Bank ${index + 1}`, start, end, pages: row.bytes / 4096, note: 'System RAM' };
    const extent = row.sources?.extent;
    const sources = row.sources &&
      extent && {
        name: 'Source pages',
        ...extent,
        pages: row.sources.pages,
        note: `scattered, in ${count(row.sources.runs)} runs`,
      };
    const marks = new Set(['entry list', 'table', 'routine']);
    const areas = row.items.filter(({ kind }) => !marks.has(kind)).map(lineOf);
    const inBank = (pfn: number): boolean => BigInt(pfn) * 4096n >= start && BigInt(pfn) * 4096n <= end;
    const control = (plan?.controlPages ?? [])
      .filter(({ pfn }) => inBank(pfn))
      .map(({ pfn, owner }) => {
        const page = BigInt(pfn) * 4096n;
        return lineOf(rangeItem(markKindOf(owner), `Control page: ${owner}`, { start: page, end: page + 4095n }));
      });
    const rows = [...areas, ...control].toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    return [bank, ...(sources === undefined ? [] : [sources]), ...rows];
  });
}

function lineOf(item: MapItem): MapTableRow {
  return { name: item.name, start: item.start, end: item.end, pages: pagesOf(item), note: item.note ?? '' };
}
