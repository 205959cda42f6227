import { randomUUID } from 'node:crypto';
import { constants, rmSync, type Stats } from 'node:fs';
import { access, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RebootPlan } from '@kexeckit/reboot';
import { CliError, UsageError } from '../error.ts';
import { isMissing, refuseIrregular } from './files.ts';
import { longName } from './option.ts';

const WHAT = longName('savePlan');

/** Refuses a place where no plan can be kept, before there is one. @throws UsageError for a pipe, a device or a folder. */
export async function checkPlace(path: string): Promise<void> {
  const found = await statOf(path).catch(() => undefined);
  if (found !== undefined) refuseIrregular(found, path, WHAT);
}

/**
 * Writes the plan where it was asked for: to a file beside it, which then takes its place. What was there stays until the
 * plan is whole.
 *
 * @throws CliError, with the old file as it was.
 */
export async function writePlan(plan: RebootPlan, path: string): Promise<void> {
  const { savePlan } = await import('@kexeckit/reboot');
  try {
    await checkPlace(path);
    await replace(path, savePlan(plan));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = 'check the path, and whether there is room; what was there before is as it was';
    throw new CliError('EIO', `cannot write ${WHAT} ${path}: ${reason}`, hint, { cause });
  }
}

/** A link stays a link, and the file keeps its permissions. */
async function replace(path: string, text: string): Promise<void> {
  const old = await statOf(path);
  const place = old === undefined ? path : await realpath(path);
  if (old !== undefined) await access(place, constants.W_OK);
  const draft = join(dirname(place), `.kexeckit-plan-${randomUUID()}`);
  const forget = (): void => rmSync(draft, { force: true });
  // A second signal ends the process in the middle of this.
  process.once('exit', forget);
  try {
    await write(draft, text, old);
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    process.off('exit', forget);
  }
}

async function write(draft: string, text: string, old: Stats | undefined): Promise<void> {
  const file = await open(draft, 'wx');
  try {
    if (old !== undefined) await file.chmod(old.mode & 0o7777);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
