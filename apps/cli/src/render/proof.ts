import type { OperatorStep } from '@kexeckit/reboot';
import type { Checked, PlannedSegment } from '@kexeckit/relocation';
import { segmentEnd } from '@kexeckit/relocation';
import type { View } from '../commands/command.ts';
import type { ProofResult } from '../commands/prove/run.ts';
import type { PlanJson } from '../json/plan.ts';
import { count, range, size } from './format.ts';
import { BELOW, planHeading } from './heading.ts';
import type { Page } from './page.ts';
import { planTotals } from './plan-totals.ts';
import { type Column, layOutTable, paragraph } from './table.ts';

/** A plan that holds: what was checked, where the segments stand, and what is done around the reboot. */
export const proofView: View<ProofResult> = {
  text: ({ plan, proof, steps, savedTo }, page) =>
    [
      [
        '',
        ...planHeading(plan, page),
        paragraph(`strategy ${plan.wishes.strategy}: the plan holds`, page, BELOW),
        ...(savedTo === undefined ? [] : [paragraph(`written to ${savedTo}`, page, BELOW)]),
        '',
      ].join('\n'),
      renderChecks(proof.checks, page),
      renderSegments(plan.stage.placement.segments, page),
      renderSteps(steps, page),
    ].join('\n'),
  json: ({ plan, proof, steps, savedTo }): PlanJson => ({
    machine: plan.machine.name,
    strategy: plan.wishes.strategy,
    notes: plan.notes,
    segments: plan.stage.placement.segments,
    proof,
    steps,
    ...(savedTo !== undefined && { savedTo }),
    totals: planTotals(plan.stage.placement.segments, proof),
  }),
};

const checkColumns: readonly Column[] = [
  { heading: 'invariant', align: 'left' },
  { heading: 'checked', align: 'right' },
  { heading: 'unit', align: 'left' },
  { heading: 'what it says', align: 'left' },
];

function renderChecks(checks: readonly Checked[], page: Page): string {
  return layOutTable(
    checkColumns,
    checks.map(({ invariant, checked, unit, statement }) => [invariant, count(checked), unit, statement]),
    page,
  );
}

const segmentColumns: readonly Column[] = [
  { heading: 'segment', align: 'left' },
  { heading: 'size', align: 'right' },
  { heading: 'stands at', align: 'left' },
  { heading: 'how', align: 'left' },
];

const ways: Readonly<Record<PlannedSegment['placement'], string>> = {
  copied: 'copied by the routine',
  'in-place': 'loaded there',
  delivered: 'copied by the running kernel',
};

function renderSegments(segments: readonly PlannedSegment[], page: Page): string {
  const rows = segments.map((segment) => [
    segment.name,
    size(Number(segment.memsz)),
    range({ start: segment.mem, end: segmentEnd(segment) }),
    ways[segment.placement],
  ]);
  return layOutTable(segmentColumns, rows, page);
}

function renderSteps(steps: readonly OperatorStep[], page: Page): string {
  const lines = steps.map((step, at) => paragraph(stepWords(step), page, `  ${at + 1}  `));
  return `${page.color.bold('  around the reboot')}\n${lines.join('\n')}\n`;
}

function stepWords(step: OperatorStep): string {
  switch (step.kind) {
    case 'unload':
      return `unload ${step.what}`;
    case 'load':
      return `load into ${loadPlaces[step.into]}`;
    case 'prove':
      return 'prove';
    case 'shut down':
      return 'stop the devices and all CPUs but one';
    case 'jump':
      return 'jump';
    case 'reserve':
      return `the next kernel reserves ${step.parameter}`;
    case 'load again':
      return `load ${step.what} again`;
  }
}

const loadPlaces: Readonly<Record<Extract<OperatorStep, { kind: 'load' }>['into'], string>> = {
  'free pages': 'free pages',
  'whole region': 'the whole region',
  lower: 'the lower half of the region',
  upper: 'the upper half of the region',
};
