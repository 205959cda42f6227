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
import type { ArrivedReboot } from '../commands/reboot-on.ts';
import { mebibytes } from './format.ts';
import { isStingray } from './notes.ts';
import type { Page } from './page.ts';
import { type Column, layOutTable } from './table.ts';

const columns: readonly Column[] = [
  { heading: 'strategy', align: 'left' },
  { heading: 'copied', align: 'right' },
  { heading: 'tables', align: 'right' },
  ...timedPhases.map((phase): Column => ({ heading: phases[phase].name, align: 'right' })),
  { heading: 'total', align: 'right' },
];

/** The timeline table; what was modelled stands beside what was published. */
export function renderTimelines(reports: readonly ArrivedReboot[], inARow: boolean, page: Page): string {
  const { bold, dim } = page.color;
  const published = reports.some(isStingray) ? publishedTimelines : [];
  const own = reports.map((report, at) => reportRow(report, inARow ? at + 1 : undefined, page));
  return layOutTable(columns, [...own, ...published.map((row) => publishedRow(row, page))], page, (line, row) => {
    if (row < 0) return bold(line);
    if (row < reports.length) return line;
    const heading = row === reports.length ? `${dim('  published, on the same machine:')}\n` : '';
    return heading + dim(line);
  });
}

function reportRow({ plan, ending }: ArrivedReboot, generation: number | undefined, page: Page): string[] {
  const { stage } = plan;
  const { label } = ending.timeline;
  const tables = stage.controlPages.filter(({ owner }) => owner === 'table').length;
  return [
    generation === undefined ? label : `${label}, generation ${generation}`,
    mebibytes(copiedBytes(stage)),
    String(tables),
    ...phaseCells(ending.timeline, page),
  ];
}

/** What is copied at the reboot, by the routine or by the running kernel. */
function copiedBytes(stage: StagePlan): number {
  const delivered = stage.placement.segments.filter(({ placement }) => placement === 'delivered');
  return delivered.reduce((sum, { memsz }) => sum + Number(memsz), copiesOf(stage).pages * PAGE_SIZE);
}

function publishedRow(timeline: Timeline, page: Page): string[] {
  return [timeline.label, '', '', ...phaseCells(timeline, page)];
}

function phaseCells(timeline: Timeline, page: Page): string[] {
  const timeOf = (phase: TimedPhase): PhaseTime | undefined => timeline.phases.find((time) => time.phase === phase);
  const total = totalSeconds(timeline);
  return [
    ...timedPhases.map((phase) => phaseCell(timeOf(phase), page)),
    total === undefined ? '? ' : `${total.toFixed(3)} s`,
  ];
}

/** A phase that was not run stands in parentheses: it is not part of the total. What nobody knows is a question mark, also there. */
function phaseCell(time: PhaseTime | undefined, page: Page): string {
  if (time?.remark === 'within relocation') return 'included ';
  if (time === undefined || (time.basis === 'skipped' && time.seconds === 0)) return page.signs.dash;
  if (time.seconds === undefined) return time.basis === 'skipped' ? '(?)' : '? ';
  return time.basis === 'skipped' ? `(${time.seconds.toFixed(3)})` : `${time.seconds.toFixed(3)} `;
}
