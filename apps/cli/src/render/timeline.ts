import { fitErrors, publishedStingray, stingray } from '@kexeckit/cost';
import {
  type PhaseTime,
  phases,
  publishedTimelines,
  type RebootReport,
  type Timeline,
  totalSeconds,
} from '@kexeckit/reboot';
import pc from 'picocolors';
import { type Column, layOutColumns } from './columns.ts';

const MIB = 2 ** 20;

const columns: readonly Column[] = [
  { heading: 'strategy', align: 'left' },
  { heading: 'copied', align: 'right' },
  { heading: 'tables', align: 'right' },
  ...phases.map((phase): Column => ({ heading: phase, align: 'right' })),
  { heading: 'total', align: 'right' },
];

/** The timeline table, with what its figures rest on. */
export function renderTimelines(machine: string, reports: readonly RebootReport[]): string {
  const published = machine === 'simulated' ? publishedTimelines : [];
  const rows = [...reports.map(reportRow), ...published.map(publishedRow)];
  const table = layOutColumns(columns, rows, (line, row) => {
    if (row < 0) return pc.bold(line);
    const published = row >= reports.length ? pc.dim(line) : line;
    return row === reports.length ? `${pc.dim('  published, on the same machine:')}\n${published}` : published;
  });
  return `${table}\n${notes(machine, reports)}`;
}

function reportRow(report: RebootReport): string[] {
  const { copies, controlPages } = report.plan.relocation;
  const copied = copies.pages * 4096;
  const tables = controlPages.filter(({ owner }) => owner === 'table').length;
  return [report.timeline.label, `${(copied / MIB).toFixed(1)} MiB`, String(tables), ...phaseCells(report.timeline)];
}

function publishedRow(timeline: Timeline): string[] {
  return [timeline.label, '', '', ...phaseCells(timeline)];
}

function phaseCells(timeline: Timeline): string[] {
  const cells = phases.map((phase) => phaseCell(timeline.phases.find((time) => time.phase === phase)));
  return [...cells, `${totalSeconds(timeline).toFixed(3)} s`];
}

/** A phase that was not run stands in parentheses: it is not part of the total. */
function phaseCell(time: PhaseTime | undefined): string {
  if (time === undefined || (time.basis === 'skipped' && time.seconds === 0)) return '–';
  return time.basis === 'skipped' ? `(${time.seconds.toFixed(3)})` : `${time.seconds.toFixed(3)} `;
}

function notes(machine: string, reports: readonly RebootReport[]): string {
  const lines = machine === 'simulated' ? modelNotes() : measuredNotes(reports);
  return `${lines.map((line) => pc.dim(`  ${line}`)).join('\n')}\n`;
}

function modelNotes(): string[] {
  const others = fitErrors(stingray, publishedStingray).filter(({ fitted }) => !fitted);
  const errors = others.map(({ source, megabytes, mmu, seconds, error }) => {
    const percent = `${error < 0 ? '−' : '+'}${Math.abs(error * 100).toFixed(0)} %`;
    return `  ${percent} on ${megabytes}M with the MMU ${mmu}, ${seconds.toFixed(3)} s (${source})`;
  });
  return [
    'Seconds. Every word of each routine was executed. Relocation is what the run did, priced with',
    `profile "${stingray.name}" (${stingray.machine}), fitted to the first and last published rows.`,
    'On published figures that it was not fitted to it is off by',
    ...errors,
    'Shutdown and startup are the published ones. The checksum is SHA-256 of every segment, compared by',
    "the routine; in parentheses: not run, not in the total, what purgatory's would add with caches off.",
  ];
}

function measuredNotes(reports: readonly RebootReport[]): string[] {
  const facts = reports.flatMap(({ facts }) => facts.map(([name, value]) => `${name}: ${value}`));
  return [...facts, "Seconds of this host's clock, under software emulation; – was not run."];
}
