import { stat } from 'node:fs/promises';
import type { RebootPlan } from '@kexeckit/reboot';
import { longName } from './option.ts';
import type { SaveValues } from './output.ts';
import { checkPlace, replaceFile } from './replace-file.ts';

const WHAT = longName('savePlan');

/** Options whose files a plan is made from. */
const INPUTS = ['kernel', 'initrd', 'dtb', 'iomem', 'profile', 'captureKernel', 'captureInitrd'] as const;

/** Refuses a place where no plan can be kept, before there is one. @param options with the paths of what it is made from. */
export async function checkSavePlan({
  savePlan,
  ...options
}: SaveValues & { readonly [Name in (typeof INPUTS)[number]]?: string | false }): Promise<void> {
  if (savePlan === undefined) return;
  await checkPlace(
    savePlan,
    WHAT,
    INPUTS.map((name) => options[name]),
  );
}

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
