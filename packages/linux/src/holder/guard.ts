import { writeFileSync } from 'node:fs';
import type { Kernel } from '../syscalls/kernel.ts';
import { removeRecord, writeRecord } from './record.ts';
import { HOLDER_FOLDER } from './run-folder.ts';
import { Watcher, watchHolder } from './watcher.ts';

/** Stands guard while something is loaded that leads to pages of this process. */
export interface Guard {
  /** Nothing is loaded any more. */
  release(): void;
}

/** How a guard is posted, before anything is loaded. @param strategy of what will be loaded. */
export type PostGuard = (strategy: string) => Promise<Guard>;

/**
 * A guard for this process: it is noted as the holder of what is loaded, and a process of its own unloads that when this one
 * dies, however it dies.
 *
 * @param watcher the command of that process: it calls `watchForHolder`, with the same folder.
 */
export function guardBy(watcher: readonly string[], folder: string = HOLDER_FOLDER): PostGuard {
  return async (strategy) => {
    neverKillForMemory();
    const watching = await Watcher.start(watcher);
    const release = (): void => {
      removeRecord(folder);
      watching.release();
    };
    try {
      writeRecord(strategy, folder);
    } catch (error) {
      release();
      throw error;
    }
    return { release };
  };
}

/** The work of the process that watches: it ends when there is nothing to watch any more. */
export async function watchForHolder(kernel: Kernel, folder: string = HOLDER_FOLDER): Promise<void> {
  neverKillForMemory();
  await watchHolder(kernel, folder);
}

/** The kernel ends others first when memory is short. Not every process may ask for that. */
function neverKillForMemory(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '-1000');
  } catch {}
}
