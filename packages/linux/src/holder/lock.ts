import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { phases, RebootError } from '@kexeckit/reboot';
import { errnoOf } from '../reading.ts';
import { fateOf, isProcessId, isSame, type ProcessId, thisProcess } from './process.ts';
import { inFolder, readNote } from './run-folder.ts';

const NAME = 'lock';

/**
 * Does work that changes what is loaded while no other process of ours does: from the look at what is loaded to the load. A lock
 * whose process has died, or is of another boot, counts for nothing, and neither does a file that names none.
 *
 * @param folder undefined: nobody else could be there.
 * @throws RebootError `EBUSY` in phase `stage` where another one does; LinuxError where the folder cannot be written.
 */
export async function withLock<T>(folder: string | undefined, work: () => Promise<T>): Promise<T> {
  if (folder === undefined) return await work();
  const free = take(folder);
  try {
    return await work();
  } finally {
    free();
  }
}

/** @returns what gives it back. */
function take(folder: string): () => void {
  const file = join(folder, NAME);
  const me = thisProcess();
  const own = `${file}.${me.pid}`;
  return inFolderOrBusy(folder, () => {
    rmSync(own, { force: true });
    writeFileSync(own, `${JSON.stringify(me)}\n`, { mode: 0o600 });
    try {
      removeStale(folder, `${own}.stale`);
      // It is there with its content, or not at all; link(2) replaces nothing.
      linkSync(own, file);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      return undefined;
    } finally {
      rmSync(own, { force: true });
    }
    return () => rmSync(file, { force: true });
  });
}

function inFolderOrBusy(folder: string, work: () => (() => void) | undefined): () => void {
  const free = inFolder(folder, work);
  if (free !== undefined) return free;
  const owner = readNote(folder, NAME);
  const who = isProcessId(owner) ? `process ${owner.pid}` : 'another process';
  // Nobody here can see whether that one still runs.
  const isForeign = isProcessId(owner) && fateOf(owner) === 'not known';
  throw new RebootError(
    'EBUSY',
    `${who}${isForeign ? ' of another namespace' : ''} is loading or unloading an image`,
    isForeign
      ? `wait for it; if its container has ended, remove ${join(folder, NAME)}; then try again`
      : 'wait for it, then try again',
    { phase: phases.stage },
  );
}

/** Takes a lock away that nobody holds. Another process may do the same, and hold its own by then: that is put back. */
function removeStale(folder: string, aside: string): void {
  const seen = readNote(folder, NAME);
  // What names no process is none of ours: a lock is there with its content, or not at all.
  if (isProcessId(seen) ? !isStale(seen) : !existsSync(join(folder, NAME))) return;
  try {
    renameSync(join(folder, NAME), aside);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    const taken = readNote(folder, aside.slice(folder.length + 1));
    if (isProcessId(taken) && !(isProcessId(seen) && isSame(taken, seen))) linkSync(aside, join(folder, NAME));
  } finally {
    rmSync(aside, { force: true });
  }
}

const isStale = (owner: ProcessId): boolean => ['dead', 'of another boot'].includes(fateOf(owner));
