import type { RebootReport } from '@kexeckit/reboot';
import pc from 'picocolors';
import { type Column, layOutColumns } from './columns.ts';

const columns: readonly Column[] = [
  { heading: 'generation', align: 'right' },
  { heading: 'kernel', align: 'left' },
  { heading: 'loaded into', align: 'left' },
  { heading: 'tells its kernel', align: 'left' },
];

/** Numbers the timelines of reboots in a row. */
export function labelGenerations(reports: readonly RebootReport[]): RebootReport[] {
  return reports.map((report, at) => ({
    ...report,
    timeline: { ...report.timeline, label: `${report.timeline.label}, generation ${at + 1}` },
  }));
}

/** Where each kernel of a row lives, and what it is told to reserve for the one after it. */
export function renderGenerations(reports: readonly RebootReport[]): string {
  const rows = reports.map(({ plan }, at) => [
    String(at + 1),
    `0x${plan.relocation.placement.entry.toString(16)}`,
    placeOf(plan.generation),
    plan.generation?.parameter ?? '–',
  ]);
  return `\n${layOutColumns(columns, rows, (line, row) => (row < 0 ? pc.bold(line) : line))}`;
}

function placeOf(generation: RebootReport['plan']['generation']): string {
  if (generation === undefined) return 'free pages, then copied';
  const { region, half } = generation;
  const range = `0x${region.start.toString(16)} to 0x${region.end.toString(16)}`;
  return half === undefined ? `the region, ${range}` : `${half} half of ${range}`;
}
