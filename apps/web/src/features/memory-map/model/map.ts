import { type Range, rangesOverlap, systemRam } from '@kexeckit/ioport';
import type { Reality, RebootPlan } from '@kexeckit/reboot';
import { copiesOf, type PageSpan } from '@kexeckit/relocation';
import { type Bank, banksOf } from '../../../shared/banks.ts';
import { windowAround } from '../../../shared/window.ts';
import { controlMarks } from './control-marks.ts';
import { type Density, densityOf } from './density.ts';
import type { MapItem } from './item.ts';
import { destinationOf, destinations, withPlan } from './plan-items.ts';
import { roleItems } from './roles.ts';

/** What of a machine is drawn. */
export type MachineMemory = Pick<Reality, 'memory' | 'roles'>;

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

/** Draws a machine's memory map, and on it what a plan does with the memory. */
export function mapOf({ memory, roles }: MachineMemory, plan?: RebootPlan): MapModel {
  const banks = banksOf(systemRam(memory));
  const fixed = roleItems(roles);
  const items = plan === undefined ? fixed : withPlan(fixed, plan);
  const sources = plan === undefined ? [] : [...copiesOf(plan.stage).sources()];
  const rowOf = (window: Range, bank: Bank): MapRow => draw(window, bank, items, sources, plan);
  const rows = banks.map((bank) => rowOf(bank, bank));
  return {
    banks: rows,
    zoom: plan && zoomOf(plan, banks, rowOf),
    densest: rows.reduce((most, row) => Math.max(most, ...(row.sources?.bins ?? [])), 0),
  };
}

function draw(
  window: Range,
  bank: Bank,
  items: readonly MapItem[],
  sources: readonly PageSpan[],
  plan: RebootPlan | undefined,
): MapRow {
  const density = densityOf(sources, window, BINS);
  return {
    window: { start: window.start, end: window.end },
    ram: bank.ram.filter((range) => rangesOverlap(range, window)),
    bytes: bank.bytes,
    items: [
      ...items.filter((item) => rangesOverlap(item, window)),
      ...(plan === undefined ? [] : controlMarks(plan.stage.controlPages, window)),
    ],
    sources: density.pages === 0 ? undefined : density,
  };
}

function zoomOf(
  plan: RebootPlan,
  banks: readonly Bank[],
  rowOf: (window: Range, bank: Bank) => MapRow,
): MapModel['zoom'] {
  const ranges = destinations(plan).map(destinationOf);
  const first = ranges[0];
  const bank = banks.findIndex((candidate) => first !== undefined && rangesOverlap(candidate, first));
  const found = banks[bank];
  if (found === undefined) return undefined;
  const inBank = ranges.filter((range) => rangesOverlap(range, found));
  return { row: rowOf(windowAround(inBank, found), found), bank };
}
