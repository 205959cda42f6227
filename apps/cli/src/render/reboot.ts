import type { View } from '../commands/command.ts';
import type { RebootResult } from '../commands/reboot/run.ts';
import type { ArrivedReboot } from '../commands/reboot-on.ts';
import { count, size } from './format.ts';
import { renderGenerations } from './generations.ts';
import { planHeading } from './heading.ts';
import { renderNotes } from './notes.ts';
import { renderTimelines } from './timelines.ts';

/** What reboots came to. */
export const rebootView: View<RebootResult> = {
  text: ({ reports, inARow }) =>
    [
      heading(reports),
      renderTimelines(reports, inARow),
      renderNotes(reports),
      ...(inARow ? [renderGenerations(reports.map(({ plan }) => plan))] : []),
    ].join('\n'),
  json: ({ reports }) => reports.map(plainReport),
};

function heading(reports: readonly ArrivedReboot[]): string {
  const [first] = reports;
  if (first === undefined) return '';
  const checked = reports.flatMap(({ proof }) => proof.checks).reduce((sum, check) => sum + check.checked, 0);
  return [
    '',
    ...planHeading(first.plan),
    `          proved: ${first.proof.checks.length} invariants over ${count(checked)} pages and entries, no violation`,
    `          read back at the jump: ${readBack(reports)}`,
    '',
  ].join('\n');
}

function readBack(reports: readonly ArrivedReboot[]): string {
  const segments = reports.flatMap(({ ending }) => ending.destinations);
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  return `${segments.length} segments, ${size(bytes)}, every byte equal`;
}

/** One report as plain values: figures with their units, remarks as they are called, nothing formatted. */
function plainReport({ plan, proof, ending }: ArrivedReboot): object {
  const { stage, wishes, machine, cmdline, generation } = plan;
  return {
    machine: machine.name,
    strategy: wishes.strategy,
    exceptionLevel: stage.exceptionLevel,
    seed: wishes.seed,
    segments: stage.placement.segments,
    cmdline,
    generation,
    timeline: ending.timeline.phases,
    destinations: ending.destinations,
    figures: ending.figures,
    breadcrumbs: ending.breadcrumbs,
    jump: ending.jump,
    nextKernel: ending.nextKernel,
    proof,
  };
}
