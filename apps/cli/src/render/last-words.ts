import type { Ending, StagedReboot } from '@kexeckit/reboot';

/** What is said right before the reboot that ends this process: nobody is there to report afterwards. */
export function lastWords(
  label: string,
  { plan, proof, rehearsal }: Pick<StagedReboot<Ending>, 'plan' | 'proof' | 'rehearsal'>,
  forPanic: string | undefined,
): string {
  const rehearsed =
    rehearsal === undefined ? 'not rehearsed' : `rehearsed ${timesIn(rehearsal.runs.length, rehearsal.seconds)}`;
  const lines = [
    ...plan.notes.map((note) => `${label}: ${note}`),
    `${label}: ${proof.checks.length} invariants hold; ${rehearsed}`,
    ...(forPanic === undefined ? [] : [`${label}: until the reboot, a panic starts ${forPanic}`]),
  ];
  return `${lines.join('\n')}\n`;
}

const timesIn = (runs: number, seconds: number): string =>
  `${runs === 1 ? 'once' : `${runs} times`} in ${seconds.toFixed(1)} s`;
