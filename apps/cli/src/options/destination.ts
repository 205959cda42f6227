import { UsageError } from '../error.ts';
import type { Io } from '../io.ts';
import type { OutputValues } from './output.ts';
import { checkPlace, replaceFile } from './replace-file.ts';

/** What stands for standard output. */
const STDOUT = '-';

/** Where a result goes that is a file itself: a path, or `-` for standard output. */
export interface Destination {
  readonly path: string;
  /** How the command line calls it. */
  readonly what: string;
  /** Files that it must not be: they would be gone. */
  readonly inputs?: readonly string[];
}

/** A file that was written. */
export interface Written {
  readonly file: string;
  readonly bytes: number;
}

/**
 * Refuses a place where nothing can be written, before the work.
 *
 * @throws UsageError for a folder, a pipe or a device, a terminal, a folder that is not there or not ours to write in, and for
 *   one of the inputs.
 */
export async function checkDestination(
  { path, what, inputs = [] }: Destination,
  { json }: OutputValues,
  { outBytes }: Io,
): Promise<void> {
  if (path === STDOUT) {
    if (json)
      throw new UsageError(
        'EINVAL',
        `${what} ${path} with --json: both are standard output`,
        'name a file, or leave out --json',
      );
    if (outBytes === undefined)
      throw new UsageError('EINVAL', `${what} ${path} is a terminal`, 'name a file, or send the bytes through a pipe');
    return;
  }
  await checkPlace(path, what, inputs);
}

/** Writes what belongs there. @returns what was written; undefined where it is for standard output. @throws CliError */
export async function writeTo({ path, what }: Destination, content: Uint8Array): Promise<Written | undefined> {
  if (path === STDOUT) return undefined;
  await replaceFile(path, content, what);
  return { file: path, bytes: content.length };
}
