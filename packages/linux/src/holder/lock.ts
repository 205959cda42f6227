import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { phases, RebootError } from '@kexeckit/reboot';
import { SystemCallError, thisKernel } from '../syscalls/kernel.ts';
import { fateOf, isProcessId, thisProcess } from './process.ts';
import { inFolder, readNote } from './run-folder.ts';

const NAME = 'lock';

/** LOCK_EX and LOCK_NB; what flock(2) says where another one has it, by both of its names. */
const ALONE_OR_NOT = 6n;
const TAKEN = ['EAGAIN', 'EWOULDBLOCK'];

/**
 * Does work that changes what is loaded while no other process of ours does: from the look at what is loaded to the load. The lock
 * is that of an open file: it ends with its process, whichever namespace that was in. What stands in the file only names it.
 *
 * @param folder undefined: nobody else could be there.
 * @throws RebootError `EBUSY` in phase `stage` where another one does; LinuxError where the file cannot be written, or locked.
 */
export async function withLock<T>(folder: string | undefined, work: () => Promise<T>): Promise<T> {
  if (folder === undefined) return await work();
  const kernel = await thisKernel();
  const path = join(folder, NAME);
  // It stays there: another process may have it open, and wait for nothing else.
  const file = inFolder(folder, () => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600), path);
  try {
    const take = (): boolean => isTaken(() => kernel.call('flock', BigInt(file), ALONE_OR_NOT));
    if (inFolder(folder, take, path)) throw taken(folder);
    inFolder(folder, () => nameOwner(file), path);
    return await work();
  } finally {
    closeSync(file);
  }
}

function isTaken(lock: () => void): boolean {
  try {
    lock();
    return false;
  } catch (error) {
    if (error instanceof SystemCallError && TAKEN.includes(error.code)) return true;
    throw error;
  }
}

function nameOwner(file: number): void {
  ftruncateSync(file);
  writeSync(file, `${JSON.stringify(thisProcess())}\n`, 0);
}

function taken(folder: string): RebootError {
  const owner = readNote(folder, NAME);
  const where = isProcessId(owner) && fateOf(owner) === 'not known' ? ' of another container' : '';
  const who = isProcessId(owner) ? `process ${owner.pid}${where}` : 'another process';
  return new RebootError(
    'EBUSY',
    `${who} is loading or unloading an image: it has locked ${join(folder, NAME)}`,
    'wait until it has ended, then try again',
    { phase: phases.stage },
  );
}
