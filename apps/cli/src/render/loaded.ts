import type { View } from '../commands/command.ts';
import type { LoadedPlan, LoadResult } from '../commands/load/run.ts';
import type { LoadedByFiles } from '../commands/loaded-by-files.ts';
import { filesLines } from './by-files.ts';
import { count } from './format.ts';
import { planHeading } from './heading.ts';

/** What stands ready on this machine. */
export const loadedView: View<LoadResult> = {
  text: (result) => (result.kind === 'plan' ? planText(result) : filesText(result)),
  json: (result) => (result.kind === 'plan' ? planJson(result) : result),
};

const LOADED = '          loaded: kexeckit exec reboots into it, kexeckit unload forgets it';

function planText({ plan, proof, rehearsal, forPanic }: LoadedPlan): string {
  const checked = proof.checks.reduce((sum, check) => sum + check.checked, 0);
  return [
    '',
    ...planHeading(plan),
    `          proved: ${proof.checks.length} invariants over ${count(checked)} pages and entries, no violation`,
    rehearsal === undefined
      ? '          not rehearsed'
      : `          rehearsed: ${rehearsal.runs.length} runs in ${rehearsal.seconds.toFixed(1)} s`,
    ...(forPanic === undefined ? [] : [`          until then, a panic starts ${forPanic}`]),
    LOADED,
    '',
  ].join('\n');
}

const planJson = ({ plan, proof, rehearsal, forPanic }: LoadedPlan): unknown => ({
  machine: plan.machine.name,
  strategy: plan.wishes.strategy,
  cmdline: plan.cmdline,
  notes: plan.notes,
  segments: plan.stage.placement.segments,
  proof,
  rehearsal,
  forPanic,
});

const filesText = (loaded: LoadedByFiles): string => ['', ...filesLines(loaded), LOADED, ''].join('\n');
