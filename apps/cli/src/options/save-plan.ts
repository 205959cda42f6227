import type { RebootPlan } from '@kexeckit/reboot';
import { longName } from './option.ts';
import { checkWritable, replaceFile } from './replace-file.ts';

const WHAT = longName('savePlan');

/** Refuses a place where no plan can be kept, before there is one. @throws UsageError for a pipe, a device or a folder. */
export const checkPlace = (path: string): Promise<void> => checkWritable(path, WHAT);

/**
 * Writes the plan where it was asked for. What was there stays until the plan is whole.
 *
 * @throws CliError, with the old file as it was.
 */
export async function writePlan(plan: RebootPlan, path: string): Promise<void> {
  const { savePlan } = await import('@kexeckit/reboot');
  await replaceFile(path, savePlan(plan), WHAT);
}
