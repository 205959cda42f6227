import { stat } from 'node:fs/promises';
import type { RebootPlan } from '@kexeckit/reboot';
import { UsageError } from '../error.ts';
import { longName } from './option.ts';
import { checkWritable, isSameFile, replaceFile } from './replace-file.ts';

const WHAT = longName('savePlan');

/**
 * Refuses a place where no plan can be kept, before there is one.
 *
 * @param inputs paths of the files that the plan is made from, by their options.
 * @throws UsageError for a pipe, a device or a folder, and for one of these files: it would be gone.
 */
export async function checkPlace(path: string, inputs: Readonly<Record<string, unknown>>): Promise<void> {
  await checkWritable(path, WHAT);
  for (const name of INPUTS) {
    const input = inputs[name];
    if (typeof input !== 'string' || !(await isSameFile(path, input))) continue;
    throw new UsageError(
      'EINVAL',
      `${WHAT} ${path} is the file of ${longName(name)}`,
      'name another file for the plan',
    );
  }
}

const INPUTS = ['kernel', 'initrd', 'dtb', 'iomem', 'profile', 'captureKernel', 'captureInitrd'];

/** The seeds of the next kernel stand in a plan: nobody else reads a new file of one, unless somebody lets them. */
const PRIVATE = 0o600;

/**
 * Writes the plan where it was asked for. What was there stays until the plan is whole.
 *
 * @throws CliError, with the old file as it was.
 */
export async function writePlan(plan: RebootPlan, path: string): Promise<void> {
  const { savePlan } = await import('@kexeckit/reboot');
  const isNew = (await stat(path).catch(() => undefined)) === undefined;
  await replaceFile(path, savePlan(plan), WHAT, isNew ? PRIVATE : undefined);
}
