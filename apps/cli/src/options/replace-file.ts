import { randomUUID } from 'node:crypto';
import { constants, rmSync, type Stats } from 'node:fs';
import { access, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError, UsageError } from '../error.ts';
import { isMissing, refuseIrregular } from './files.ts';

/**
 * Refuses a place where no file can be kept.
 *
 * @param what how the command line calls it.
 * @throws UsageError for a pipe, a device or a folder.
 */
export async function checkWritable(path: string, what: string): Promise<void> {
  const found = await statOf(path).catch(() => undefined);
  if (found !== undefined) refuseIrregular(found, path, what);
}

/** Whether two paths lead to one file that is there. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/** Permissions that leave it to the umask who reads a file. */
const SHARED = 0o666;

/**
 * Writes a file where it was asked for: to one beside it, which then takes its place. What was there stays until the new one is
 * whole.
 *
 * @param mode its permissions where there was none before; of a private one, also those that are left of an old file's.
 * @throws CliError, with the old file as it was.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  what: string,
  mode: number = SHARED,
): Promise<void> {
  try {
    await checkWritable(path, what);
    await replace(path, content, mode);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = 'check the path, and whether there is room; what was there before is as it was';
    throw new CliError('EIO', `cannot write ${what} ${path}: ${reason}`, hint, { cause });
  }
}

/** A link stays a link, and the file keeps its permissions, but for those that nobody else may have. */
async function replace(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const old = await statOf(path);
  const place = old === undefined ? path : await realpath(path);
  if (old !== undefined) await access(place, constants.W_OK);
  const draft = join(dirname(place), `.kexeckit-${randomUUID()}`);
  const forget = (): void => rmSync(draft, { force: true });
  // A second signal ends the process in the middle of this.
  process.once('exit', forget);
  try {
    await write(
      draft,
      content,
      old === undefined ? mode : old.mode & (mode === SHARED ? 0o7777 : mode),
      old !== undefined,
    );
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    process.off('exit', forget);
  }
}

async function write(draft: string, content: string | Uint8Array, mode: number, isOld: boolean): Promise<void> {
  const file = await open(draft, 'wx', mode & 0o777);
  try {
    // Whatever the umask says.
    if (isOld) await file.chmod(mode & 0o7777);
    await file.writeFile(content);
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
