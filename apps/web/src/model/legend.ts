import type { StagePlan } from '@kexeckit/relocation';
import type { ItemKind, MapItem } from './item.ts';
import type { MapModel } from './map.ts';

/** One line of the legend: a look, what it means, and how much of it there is. */
export interface LegendEntry {
  readonly kind: ItemKind;
  readonly label: string;
  /** `undefined` before a plan is there. */
  readonly pages: number | undefined;
}

const labels: readonly (readonly [ItemKind, string])[] = [
  ['kernel', 'kernel'],
  ['initrd', 'initrd'],
  ['dtb', 'device tree'],
  ['source', 'source pages'],
  ['entry list', 'entry list'],
  ['table', 'page tables'],
  ['routine', 'relocation routine'],
  ['region', 'Kexec kernel'],
  ['crash kernel', 'Crash kernel'],
  ['old kernel', 'running kernel'],
  ['reserved', 'reserved'],
];

/** The legend while there is no machine. */
export const emptyLegend: readonly LegendEntry[] = labels.map(([kind, label]) => ({ kind, label, pages: undefined }));

/** The legend, always with the same lines, so that nothing moves when a plan arrives. */
export function legendOf(map: MapModel, plan?: StagePlan): LegendEntry[] {
  const fixed = new Set<ItemKind>(['crash kernel', 'old kernel', 'reserved']);
  const items = map.banks.flatMap((row) => row.items);
  const sum = (kind: ItemKind): number => sumPages(items.filter((item) => item.kind === kind));
  return labels.map(([kind, label]) => {
    if (plan === undefined && !fixed.has(kind)) return { kind, label, pages: undefined };
    if (kind === 'source')
      return { kind, label, pages: map.banks.reduce((n, row) => n + (row.sources?.pages ?? 0), 0) };
    return { kind, label, pages: sum(kind) };
  });
}

const sumPages = (items: readonly MapItem[]): number => items.reduce((sum, { pages }) => sum + pages, 0);
