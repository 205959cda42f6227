import type { View } from '../commands/command.ts';
import type { LoadResult } from '../commands/load/run.ts';
import { count } from './format.ts';
import { planHeading } from './heading.ts';

/** What stands ready on this machine. */
export const loadedView: View<LoadResult> = {
  text: ({ plan, proof, rehearsal, forPanic }) => {
    const checked = proof.checks.reduce((sum, check) => sum + check.checked, 0);
    return [
      '',
      ...planHeading(plan),
      `          proved: ${proof.checks.length} invariants over ${count(checked)} pages and entries, no violation`,
      rehearsal === undefined
        ? '          not rehearsed'
        : `          rehearsed: ${rehearsal.runs.length} runs in ${rehearsal.seconds.toFixed(1)} s`,
      ...(forPanic === undefined ? [] : [`          until then, a panic starts ${forPanic}`]),
      '          loaded: kexeckit exec reboots into it, kexeckit unload forgets it',
      '',
    ].join('\n');
  },
  json: ({ plan, proof, rehearsal, forPanic }) => ({
    machine: plan.machine.name,
    strategy: plan.wishes.strategy,
    cmdline: plan.cmdline,
    segments: plan.stage.placement.segments,
    proof,
    rehearsal,
    forPanic,
  }),
};
