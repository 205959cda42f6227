import { fitErrors, publishedStingray, stingray } from '@kexeckit/cost';
import { phases, type Remark } from '@kexeckit/reboot';
import { strategyNamed } from '@kexeckit/relocation';
import pc from 'picocolors';
import type { ArrivedReboot } from '../commands/reboot-on.ts';
import { hex } from './format.ts';

/** Whether figures of a report come from the model and not from a clock. */
export const isModelled = ({ ending }: ArrivedReboot): boolean =>
  ending.timeline.phases.some(({ basis }) => basis === 'modelled');

/** What the figures of the timelines rest on. */
export function renderNotes(reports: readonly ArrivedReboot[]): string {
  const lines = [
    ...reports.filter((report) => !isModelled(report)).flatMap(measuredNotes),
    ...(reports.some(isModelled) ? modelNotes() : []),
    ...deliveredNotes(reports),
  ];
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

/** Whose segments the running kernel moves: that was not run here. */
function deliveredNotes(reports: readonly ArrivedReboot[]): string[] {
  const names = reports.map(({ plan }) => plan.stage.strategy).filter((name) => strategyNamed(name).delivers);
  if (names.length === 0) return [];
  return reports.some(isModelled)
    ? [`Of ${names.join(', ')} the running kernel's copy comes first: priced by the counts of Linux's own routine.`]
    : [`Of ${names.join(', ')} the running kernel's copy is not in it: no old kernel ran.`];
}

/** What remarks say to people. */
const remarkWords: Readonly<Record<Remark, string>> = {
  emulated: "seconds of this host's clock, under software emulation",
  'no old kernel': 'no old kernel ran',
  'within relocation': 'compared by the routine while it relocates',
  'not asked for': 'not asked for',
  'stopped at the jump': 'not run',
  'purgatory, caches off': "not run; what purgatory's would add with caches off",
};

function measuredNotes({ ending }: ArrivedReboot): string[] {
  const { nextKernel, jump, timeline } = ending;
  const remarks = timeline.phases.flatMap(({ phase, remark }) =>
    remark === undefined ? [] : [`${phases[phase].name}: ${remarkWords[remark]}`],
  );
  if (nextKernel === undefined) return [`stopped at: the jump, ${hex(jump)}`, ...remarks];
  return [
    `new kernel: ${nextKernel.version ?? 'did not print its version'}`,
    `reached: ${nextKernel.reached}`,
    ...remarks,
  ];
}
