import type { View } from '../commands/command.ts';
import type { LoadedPlan, LoadResult } from '../commands/load/run.ts';
import type { LoadedByFiles } from '../commands/loaded-by-files.ts';
import type { LoadJson } from '../json/host.ts';
import { filesLines } from './by-files.ts';
import { count } from './format.ts';
import { BELOW, planHeading } from './heading.ts';
import type { Page } from './page.ts';
import { planTotals } from './plan-totals.ts';
import { paragraph } from './table.ts';

/** What stands ready on this machine. */
export const loadedView: View<LoadResult> = {
  text: (result, page) => (result.kind === 'plan' ? planText(result, page) : filesText(result, page)),
  json: (result): LoadJson => (result.kind === 'plan' ? planJson(result) : result),
};

const LOADED = 'loaded: kexeckit exec reboots into it, kexeckit unload forgets it';

function planText({ plan, proof, rehearsal, forPanic }: LoadedPlan, page: Page): string {
  const below = (text: string): string => paragraph(text, page, BELOW);
  const checked = proof.checks.reduce((sum, check) => sum + check.checked, 0);
  return [
    '',
    ...planHeading(plan, page),
    below(`proved: ${proof.checks.length} invariants in ${count(checked)} checks, no violation`),
    below(
      rehearsal === undefined
        ? 'not rehearsed'
        : `rehearsed: ${rehearsal.runs.length} runs in ${rehearsal.seconds.toFixed(1)} s`,
    ),
    ...(forPanic === undefined ? [] : [below(`until then, a panic starts ${forPanic}`)]),
    below(page.asCalled(LOADED)),
    '',
  ].join('\n');
}

const planJson = ({ kind, plan, proof, rehearsal, forPanic }: LoadedPlan): LoadJson => ({
  kind,
  machine: plan.machine.name,
  strategy: plan.wishes.strategy,
  cmdline: plan.cmdline,
  notes: plan.notes,
  segments: plan.stage.placement.segments,
  proof,
  rehearsal,
  forPanic,
  totals: planTotals(plan.stage.placement.segments, proof),
});

const filesText = (loaded: LoadedByFiles, page: Page): string =>
  ['', ...filesLines(loaded, page), paragraph(page.asCalled(LOADED), page, BELOW), ''].join('\n');
