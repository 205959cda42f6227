import type { RebootPlan } from '@kexeckit/reboot';
import { gibibytes, size } from './format.ts';
import type { Page } from './page.ts';
import { paragraph } from './table.ts';

/** What stands before the lines below a heading. */
export const BELOW: string = ' '.repeat(10);

/** The first line of a result: what it is of. */
export const heading = (text: string, page: Page): string => paragraph(text, page, `${page.color.bold('kexeckit')}  `);

/** Machine and workload of a plan, in two lines, and what of it is a guess. */
export function planHeading({ machine, stage, wishes, notes }: RebootPlan, page: Page): string[] {
  const { segments, ram } = stage.placement;
  const memory = ram.reduce((sum, { start, end }) => sum + Number(end - start + 1n), 0);
  const cargo = segments.map(({ name, bufsz }) => `${name} ${size(Number(bufsz))}`).join(', ');
  const level = `EL${stage.exceptionLevel}`;
  return [
    heading(
      `${machine.name} machine, ${gibibytes(memory)} of RAM, ${machine.cpus} CPUs, ${level}, seed ${wishes.seed}`,
      page,
    ),
    paragraph(cargo, page, BELOW),
    ...notes.map((note) => page.color.yellow(paragraph(note, page, BELOW))),
  ];
}
