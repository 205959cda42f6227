import type { RebootPlan, SavedReboot } from '@kexeckit/reboot';
import type { Context } from '../context.ts';
import { defaultsOf, type MachineValues, machineFor, machineLines, machineOptions } from '../machines/index.ts';
import type { MadeMachine } from '../machines/kind.ts';
import { checkFiles, type FileValues, fileOptions, readFiles } from '../options/files.ts';
import type { OptionsFor } from '../options/option.ts';
import { type OutputValues, outputOptions } from '../options/output.ts';
import { type RehearseValues, rehearseOptions } from '../options/rehearse.ts';
import type { Argument, HelpList } from './command.ts';
import { tellNotes } from './tell-notes.ts';

/** What commands can be told that take a saved plan: the files and the machine that it was made for. */
export interface SavedValues extends FileValues, MachineValues, RehearseValues, OutputValues {}

/** The options of {@link SavedValues}. */
export const savedOptions: OptionsFor<SavedValues> = {
  ...fileOptions,
  ...machineOptions,
  ...rehearseOptions,
  ...outputOptions,
};

/** Their argument. */
export const planArgument: Argument = { name: 'plan', summary: 'a plan that was written by reboot --save-plan' };

/** The defaults of their options, in words. */
export const savedDefaultOf = (option: string): string | undefined =>
  option === 'machine' ? "the plan's" : defaultsOf(option);

/** What their help lists. */
export const savedLists: readonly HelpList[] = [{ heading: 'Machines:', rows: machineLines }];

/** The machine and the job that a saved plan is for. @throws UsageError */
export async function savedJob(
  plan: RebootPlan,
  values: SavedValues,
  context: Context,
): Promise<{ readonly made: MadeMachine; readonly job: SavedReboot }> {
  const kind = machineFor(values, plan.machine.name);
  checkFiles(values, kind);
  const made = await kind.make(values, context.io);
  await tellNotes(made, context);
  return { made, job: { plan, files: await readFiles(values, kind, context.io) } };
}
