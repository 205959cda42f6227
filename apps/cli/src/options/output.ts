import { writeFile } from 'node:fs/promises';
import type { RebootPlan } from '@kexeckit/reboot';
import { CliError } from '../error.ts';
import { OUTPUT } from './headings.ts';
import { longName, type OptionsFor } from './option.ts';
import { text } from './values.ts';

/** How results are printed: every command has these. */
export interface OutputValues {
  readonly json?: boolean;
}

/** The options of {@link OutputValues}. */
export const outputOptions: OptionsFor<OutputValues> = {
  json: { heading: OUTPUT, summary: 'print the result as JSON' },
};

/** What is kept of a reboot. */
export interface SaveValues {
  readonly savePlan?: string;
}

/** The options of {@link SaveValues}. */
export const saveOptions: OptionsFor<SaveValues> = {
  savePlan: {
    heading: OUTPUT,
    summary: 'write the plan that was proved, before the point of no return',
    value: '<file>',
    parse: text,
  },
};

/** Writes the plan where it was asked for. @throws CliError */
export async function writePlan(plan: RebootPlan, path: string): Promise<void> {
  const { savePlan } = await import('@kexeckit/reboot');
  try {
    await writeFile(path, savePlan(plan));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('EIO', `cannot write ${longName('savePlan')} ${path}: ${reason}`, 'check the path', { cause });
  }
}
