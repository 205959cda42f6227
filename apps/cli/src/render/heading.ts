import type { RebootPlan } from '@kexeckit/reboot';
import pc from 'picocolors';
import { gibibytes, size } from './format.ts';

/** Machine and workload of a plan, in two lines, and what of it is a guess. */
export function planHeading({ machine, stage, wishes, notes }: RebootPlan): string[] {
  const { segments, ram } = stage.placement;
  const memory = ram.reduce((sum, { start, end }) => sum + Number(end - start + 1n), 0);
  const cargo = segments.map(({ name, bufsz }) => `${name} ${size(Number(bufsz))}`).join(', ');
  const level = `EL${stage.exceptionLevel}`;
  return [
    `${pc.bold('kexeckit')}  ${machine.name} machine, ${gibibytes(memory)} of RAM, ${machine.cpus} CPUs, ${level}, seed ${wishes.seed}`,
    `          ${cargo}`,
    ...notes.map((note) => `          ${pc.yellow(note)}`),
  ];
}
