import type { ItemKind, MapItem } from './item.ts';
import type { MapModel } from './map.ts';

/** One line of the legend: a look, what it means, and how much of it there is. */
export interface LegendEntry {
  readonly kind: ItemKind;
  readonly label: string;
  /** `undefined` before a plan is there. */
  readonly pages: number | undefined;
}

/** A line and where it comes from: `machine` from the roles of memory, `plan` from a plan. */
interface Line {
  readonly kind: ItemKind;
  readonly label: string;
  readonly from: 'machine' | 'plan';
}

const lines: readonly Line[] = [
  { kind: 'kernel', label: 'kernel', from: 'plan' },
  { kind: 'initrd', label: 'initrd', from: 'plan' },
  { kind: 'dtb', label: 'device tree', from: 'plan' },
  { kind: 'source', label: 'source pages', from: 'plan' },
  { kind: 'entry list', label: 'entry list', from: 'plan' },
  { kind: 'table', label: 'page tables', from: 'plan' },
  { kind: 'routine', label: 'relocation routine', from: 'plan' },
  { kind: 'region', label: 'Kexec kernel', from: 'plan' },
  { kind: 'crash kernel', label: 'Crash kernel', from: 'machine' },
  { kind: 'old kernel', label: 'running kernel', from: 'machine' },
  { kind: 'reserved', label: 'reserved', from: 'machine' },
];

/** The legend while there is no machine. */
export const emptyLegend: readonly LegendEntry[] = lines.map(({ kind, label }) => ({ kind, label, pages: undefined }));

/** The legend, always with the same lines, so that nothing moves when a plan arrives. */
export function legendOf(map: MapModel, isPlanned: boolean): LegendEntry[] {
  const items = map.banks.flatMap((row) => row.items);
  const pagesOf = (kind: ItemKind): number =>
    kind === 'source'
      ? map.banks.reduce((sum, { sources }) => sum + (sources?.pages ?? 0), 0)
      : sumPages(items.filter((item) => item.kind === kind));
  return lines.map(({ kind, label, from }) => {
    const isKnown = isPlanned || from === 'machine';
    return { kind, label, pages: isKnown ? pagesOf(kind) : undefined };
  });
}

const sumPages = (items: readonly MapItem[]): number => items.reduce((sum, { pages }) => sum + pages, 0);
