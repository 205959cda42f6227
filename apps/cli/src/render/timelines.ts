import {
  type PhaseTime,
  phases,
  publishedTimelines,
  type TimedPhase,
  type Timeline,
  timedPhases,
  totalSeconds,
} from '@kexeckit/reboot';
import { copiesOf, PAGE_SIZE, type StagePlan } from '@kexeckit/relocation';
import pc from 'picocolors';
import type { ArrivedReboot } from '../commands/reboot-on.ts';
import { type Column, layOutColumns } from './columns.ts';
import { mebibytes } from './format.ts';
import { isStingray } from './notes.ts';

const columns: readonly Column[] = [
  { heading: 'strategy', align: 'left' },
  { heading: 'copied', align: 'right' },
  { heading: 'tables', align: 'right' },
  ...timedPhases.map((phase): Column => ({ heading: phases[phase].name, align: 'right' })),
  { heading: 'total', align: 'right' },
];

/** The timeline table; what was modelled stands beside what was published. */
export function renderTimelines(reports: readonly ArrivedReboot[], inARow: boolean): string {
  const published = reports.some(isStingray) ? publishedTimelines : [];
  const own = reports.map((report, at) => reportRow(report, inARow ? at + 1 : undefined));
  return layOutColumns(columns, [...own, ...published.map(publishedRow)], (line, row) => {
    if (row < 0) return pc.bold(line);
    if (row < reports.length) return line;
    const heading = row === reports.length ? `${pc.dim('  published, on the same machine:')}\n` : '';
    return heading + pc.dim(line);
  });
}

function reportRow({ plan, ending }: ArrivedReboot, generation: number | undefined): string[] {
  const { stage } = plan;
  const { label } = ending.timeline;
  const tables = stage.controlPages.filter(({ owner }) => owner === 'table').length;
  return [
    generation === undefined ? label : `${label}, generation ${generation}`,
    mebibytes(copiedBytes(stage)),
    String(tables),
    ...phaseCells(ending.timeline),
  ];
}

/** What is copied at the reboot, by the routine or by the running kernel. */
function copiedBytes(stage: StagePlan): number {
  const delivered = stage.placement.segments.filter(({ placement }) => placement === 'delivered');
  return delivered.reduce((sum, { memsz }) => sum + Number(memsz), copiesOf(stage).pages * PAGE_SIZE);
}

function publishedRow(timeline: Timeline): string[] {
  return [timeline.label, '', '', ...phaseCells(timeline)];
}

function phaseCells(timeline: Timeline): string[] {
  const timeOf = (phase: TimedPhase): PhaseTime | undefined => timeline.phases.find((time) => time.phase === phase);
  const total = totalSeconds(timeline);
  return [
    ...timedPhases.map((phase) => phaseCell(timeOf(phase))),
    total === undefined ? '? ' : `${total.toFixed(3)} s`,
  ];
}

/** A phase that was not run stands in parentheses: it is not part of the total. What nobody knows is a question mark, also there. */
function phaseCell(time: PhaseTime | undefined): string {
  if (time?.basis === 'unknown') return '? ';
  if (time?.remark === 'unknown machine' || time?.remark === 'not in the profile') return '(?)';
  if (time === undefined || (time.basis === 'skipped' && time.seconds === 0)) return '–';
  return time.basis === 'skipped' ? `(${time.seconds.toFixed(3)})` : `${time.seconds.toFixed(3)} `;
}
