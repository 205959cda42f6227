import type { RebootPlan } from '@kexeckit/reboot';
import { hex, range } from './format.ts';
import type { Page } from './page.ts';
import { type Column, layOutTable } from './table.ts';

const columns: readonly Column[] = [
  { heading: 'generation', align: 'right' },
  { heading: 'kernel', align: 'left' },
  { heading: 'loaded into', align: 'left' },
  { heading: 'tells its kernel', align: 'left' },
];

/** Where each kernel of a row lives, and what it is told to reserve for the one after it. */
export function renderGenerations(plans: readonly RebootPlan[], page: Page): string {
  const rows = plans.map(({ stage, generation }, at) => [
    String(at + 1),
    hex(stage.placement.entry),
    placeOf(generation),
    generation?.parameter ?? page.signs.dash,
  ]);
  return layOutTable(columns, rows, page);
}

function placeOf(generation: RebootPlan['generation']): string {
  if (generation === undefined) return 'free pages, then copied';
  const { region, half } = generation;
  return half === undefined ? `the region, ${range(region)}` : `${half} half of ${range(region)}`;
}
