import { randomUUID } from 'node:crypto';
import { constants, rmSync, type Stats } from 'node:fs';
import { access, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { CliError, reasonOf, UsageError } from '../error.ts';
import { isMissing, refuseIrregular } from './files.ts';
import { STDIN } from './stdin.ts';

/**
 * Refuses a place where no file can be kept, before the work that the file is of. What is there is left as it is.
 *
 * @param what how the command line calls it.
 * @param inputs files that it must not be: they would be gone.
 * @throws UsageError for `-`, a pipe, a device or a folder, for a folder that lets nothing be written, and for one of the inputs.
 */
export async function checkPlace(
  path: string,
  what: string,
  inputs: readonly (string | false | undefined)[],
): Promise<void> {
  if (path === STDIN)
    throw new UsageError('EINVAL', `${what} ${path} is standard output, which the result goes to`, 'name a file');
  for (const input of inputs)
    if (typeof input === 'string' && (await isSameFile(path, input)))
      throw new UsageError('EINVAL', `${what} ${path} is the file that is read`, 'name another file');
  try {
    const { place, old } = await placeOf(path, what);
    if (old !== undefined) await access(place, constants.W_OK);
    const draft = draftBeside(place);
    await (await open(draft, 'wx')).close();
    await rm(draft);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError('EIO', `cannot write ${what} ${path}: ${reasonOf(cause)}`, 'check the path', { cause });
  }
}

/** Whether two paths lead to one file that is there. */
async function isSameFile(one: string, other: string): Promise<boolean> {
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
    await replace(await placeOf(path, what), content, mode);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const hint = 'check the path, and whether there is room; what was there before is as it was';
    throw new CliError('EIO', `cannot write ${what} ${path}: ${reasonOf(cause)}`, hint, { cause });
  }
}

/** Where a file is written. */
interface Place {
  /** Its path, behind all links. */
  readonly place: string;
  /** What is there. */
  readonly old: Stats | undefined;
}

/** @throws UsageError for what is no file; as `stat` */
async function placeOf(path: string, what: string): Promise<Place> {
  const old = await statOf(path);
  if (old !== undefined) refuseIrregular(old, path, what, 'name a file');
  return { place: old === undefined ? await behindLinks(path) : await realpath(path), old };
}

/** Where links lead that lead to nothing yet; the path itself where it is none. */
async function behindLinks(path: string): Promise<string> {
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined) return path;
  // As the kernel goes: `..` is that of the folder that the link really stands in.
  return await behindLinks(isAbsolute(target) ? target : `${await realpath(dirname(path))}/${target}`);
}

const draftBeside = (place: string): string => join(dirname(place), `.kexeckit-${randomUUID()}`);

/** A link stays a link, and the file keeps its permissions, but for those that nobody else may have. */
async function replace({ place, old }: Place, content: string | Uint8Array, mode: number): Promise<void> {
  if (old !== undefined) await access(place, constants.W_OK);
  const draft = draftBeside(place);
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
