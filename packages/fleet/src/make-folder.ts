import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FleetError } from './error.ts';
import { oneLine } from './printable.ts';

/** Who may do what in a folder that is made: everybody's usual, or its owner alone. */
export interface FolderOptions {
  readonly mode?: number | undefined;
}

/**
 * Makes a folder and those that it lies in, where they are missing. Node's own way never ends in a file system that takes no folders, such
 * as /proc.
 *
 * @throws FleetError EIO where it cannot be made, or a file stands there.
 */
export async function makeFolder(path: string, options: FolderOptions = {}): Promise<void> {
  try {
    await make(path, options);
  } catch (cause) {
    const why = cause instanceof Error ? oneLine(cause.message) : String(cause);
    throw new FleetError('EIO', `there is no folder ${path}, and none can be made: ${why}`, HINT, { cause });
  }
}

const HINT = 'Give a folder that you may write to, or one in such a folder';

async function make(path: string, { mode }: FolderOptions): Promise<void> {
  const above = dirname(path);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (codeOf(error) !== 'ENOENT' || above === path) throw error;
    await make(above, { mode });
    await mkdirUnlessThere(path, mode);
  }
}

/** Another process may make it at the same time. */
async function mkdirUnlessThere(path: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
