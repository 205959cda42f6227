import type { MachineProfile } from '@kexeckit/cost';
import { totalSeconds } from '@kexeckit/reboot';
import type { View } from '../commands/command.ts';
import type { ArrivedReboot, DepartedReboot, RebootResult } from '../commands/reboot-on.ts';
import type { ArrivalJson, DepartureJson, RebootJson } from '../json/reboot.ts';
import { filesLines } from './by-files.ts';
import { count, size } from './format.ts';
import { renderGenerations } from './generations.ts';
import { BELOW, planHeading } from './heading.ts';
import { renderNotes } from './notes.ts';
import type { Page } from './page.ts';
import { planTotals } from './plan-totals.ts';
import { paragraph } from './table.ts';
import { renderTimelines } from './timelines.ts';
import { plainWatched, watchedText } from './watched-reboot.ts';

/** What reboots came to. */
export const rebootView: View<RebootResult> = {
  text: ({ departed, byFiles, watched, ...arrived }, page) =>
    [
      ...departed.map((reboot) => departure(reboot, page)),
      ...(byFiles === undefined ? [] : [[...filesLines(byFiles, page), paragraph(ASKED, page, BELOW), ''].join('\n')]),
      ...(watched === undefined ? [] : [watchedText(watched, page)]),
      arrivals(arrived, page),
    ].join('\n'),
  json: rebootJson,
};

type Arrived = Pick<RebootResult, 'reports' | 'inARow' | 'notes'>;

const ASKED = 'the reboot was asked for; the next boot tells how it went';

function arrivals({ reports, inARow, notes }: Arrived, page: Page): string {
  if (reports.length === 0) return '';
  return [
    headingOf(reports, page),
    renderTimelines(reports, inARow, page),
    renderNotes(reports, notes, page),
    ...(inARow
      ? [
          renderGenerations(
            reports.map(({ plan }) => plan),
            page,
          ),
        ]
      : []),
  ].join('\n');
}

/** Nothing is known yet of what this process does not survive. */
const departure = ({ plan }: DepartedReboot, page: Page): string =>
  [...planHeading(plan, page), paragraph(ASKED, page, BELOW), ''].join('\n');

function rebootJson({ reports, departed, byFiles, watched }: RebootResult): RebootJson {
  const reboots = [
    ...reports.map(plainReport),
    ...departed.map(plainDeparture),
    ...(byFiles === undefined ? [] : [byFiles]),
    ...(watched === undefined ? [] : [plainWatched(watched)]),
  ];
  const isKnown = reboots.length === reports.length;
  return {
    reboots,
    totals: {
      reboots: reboots.length,
      arrived: reports.length + (watched === undefined ? 0 : 1),
      seconds: isKnown ? sumOf(reports.map(({ ending }) => totalSeconds(ending.timeline))) : null,
    },
  };
}

/** Null where one of them is not known. */
const sumOf = (seconds: readonly (number | undefined)[]): number | null =>
  seconds.reduce<number | null>((sum, each) => (sum === null || each === undefined ? null : sum + each), 0);

const plainDeparture = ({ plan, proof, ending }: DepartedReboot): DepartureJson => ({
  kind: ending.kind,
  machine: plan.machine.name,
  strategy: plan.wishes.strategy,
  cmdline: plan.cmdline,
  notes: plan.notes,
  segments: plan.stage.placement.segments,
  reportedBy: ending.reportedBy,
  proof,
  totals: planTotals(plan.stage.placement.segments, proof),
});

function headingOf(reports: readonly ArrivedReboot[], page: Page): string {
  const [first] = reports;
  if (first === undefined) return '';
  const checked = reports.flatMap(({ proof }) => proof.checks).reduce((sum, check) => sum + check.checked, 0);
  return [
    '',
    ...planHeading(first.plan, page),
    paragraph(`proved: ${first.proof.checks.length} invariants in ${count(checked)} checks, no violation`, page, BELOW),
    paragraph(`read back at the jump: ${readBack(reports)}`, page, BELOW),
    '',
  ].join('\n');
}

function readBack(reports: readonly ArrivedReboot[]): string {
  const segments = reports.flatMap(({ ending }) => ending.destinations);
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  return `${segments.length} segments, ${size(bytes)}, every byte equal`;
}

/** Whose prices they are, and how far to trust them; null: nobody's. */
function plainProfile(profile: MachineProfile | undefined): ArrivalJson['profile'] {
  if (profile === undefined) return null;
  const { name, machine, measured, confidence, findings } = profile;
  return { name, machine, measured, confidence, findings };
}

/** One report as plain values: figures with their units, remarks as they are called, nothing formatted. */
export function plainReport({ plan, proof, ending }: ArrivedReboot): ArrivalJson {
  const { stage, wishes, machine, cmdline, generation } = plan;
  const { segments } = stage.placement;
  return {
    kind: ending.kind,
    machine: machine.name,
    strategy: wishes.strategy,
    exceptionLevel: stage.exceptionLevel,
    seed: wishes.seed,
    segments,
    cmdline,
    notes: plan.notes,
    generation,
    timeline: ending.timeline.phases,
    profile: plainProfile(ending.timeline.profile),
    destinations: ending.destinations,
    figures: ending.figures,
    breadcrumbs: ending.breadcrumbs,
    jump: ending.jump,
    nextKernel: ending.nextKernel,
    proof,
    totals: {
      ...planTotals(segments, proof),
      readBackBytes: ending.destinations.reduce((sum, { bytes }) => sum + bytes, 0),
      seconds: totalSeconds(ending.timeline) ?? null,
    },
  };
}
