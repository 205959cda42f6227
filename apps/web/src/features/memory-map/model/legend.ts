import type { ItemKind, MapItem } from './item.ts';
import type { MapModel } from './map.ts';

/** One line of the legend: a look, what it means, and how much of it there is. */
export interface LegendEntry {
  readonly kind: ItemKind;
  readonly label: string;
  /** `undefined` before a plan is there. */
  readonly pages: number | undefined;
}

/** A line of the legend. */
interface Line {
  readonly kind: ItemKind;
  readonly label: string;
  /** It comes from a plan, not from the roles of the machine's memory. */
  readonly isPlanned: boolean;
}

const lines: readonly Line[] = [
  { kind: 'kernel', label: 'kernel', isPlanned: true },
  { kind: 'initrd', label: 'initrd', isPlanned: true },
  { kind: 'dtb', label: 'device tree', isPlanned: true },
  { kind: 'source', label: 'source pages', isPlanned: true },
  { kind: 'entry list', label: 'entry list', isPlanned: true },
  { kind: 'table', label: 'page tables', isPlanned: true },
  { kind: 'routine', label: 'relocation routine', isPlanned: true },
  { kind: 'region', label: 'Kexec kernel', isPlanned: true },
  { kind: 'crash kernel', label: 'Crash kernel', isPlanned: false },
  { kind: 'old kernel', label: 'running kernel', isPlanned: false },
  { kind: 'reserved', label: 'reserved', isPlanned: false },
];

/** The legend while there is no machine. */
export const emptyLegend: readonly LegendEntry[] = lines.map(({ kind, label }) => ({ kind, label, pages: undefined }));

/** The legend, always with the same lines, so that nothing moves when a plan arrives. */
export function legendOf(map: MapModel, hasPlan: boolean): LegendEntry[] {
  const items = map.banks.flatMap((row) => row.items);
  const pagesOf = (kind: ItemKind): number =>
    kind === 'source'
      ? map.banks.reduce((sum, { sources }) => sum + (sources?.pages ?? 0), 0)
      : sumPages(items.filter((item) => item.kind === kind));
  return lines.map(({ kind, label, isPlanned }) => {
    const isKnown = hasPlan || !isPlanned;
    return { kind, label, pages: isKnown ? pagesOf(kind) : undefined };
  });
}

const sumPages = (items: readonly MapItem[]): number => items.reduce((sum, { pages }) => sum + pages, 0);
