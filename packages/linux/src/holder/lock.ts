import { closeSync, constants, fstatSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { phases, RebootError } from '@kexeckit/reboot';
import { LinuxError } from '../error.ts';
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
  const file = await lockedFile(folder);
  if (file === undefined) throw taken(folder);
  return await whileOpen(file, work);
}

/**
 * Unloads what was loaded earlier, as {@link withLock}. Where nobody can lock anything, because `/run` has become read-only, or
 * something else stands there, nobody of ours loads either, and what is loaded is unloaded all the same.
 *
 * @throws RebootError `EBUSY` in phase `stage` where another process does the like.
 */
export async function withLockIfAny<T>(folder: string | undefined, work: () => Promise<T>): Promise<T> {
  if (folder === undefined) return await work();
  const file = await lockedIfAny(folder);
  if (file === undefined) throw taken(folder);
  return file === 'cannot be locked' ? await work() : await whileOpen(file, work);
}

/** Milliseconds between two attempts, and how many there are. */
const PAUSE = 100;
const ATTEMPTS = 100;

/**
 * Undoes what was loaded, as {@link withLock}, but waits for its turn, and not for ever: what cannot be locked, by now or at all, is
 * undone all the same, as it asks before each call whose it is.
 */
export async function withLockSoon<T>(folder: string | undefined, work: () => Promise<T>): Promise<T> {
  if (folder === undefined) return await work();
  for (let left = ATTEMPTS; left > 0; left--) {
    const file = await lockedIfAny(folder);
    if (file === 'cannot be locked') break;
    if (file !== undefined) return await whileOpen(file, work);
    await sleep(PAUSE);
  }
  return await work();
}

async function whileOpen<T>(file: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    closeSync(file);
  }
}

async function lockedIfAny(folder: string): Promise<number | 'cannot be locked' | undefined> {
  try {
    return await lockedFile(folder);
  } catch (error) {
    if (error instanceof LinuxError) return 'cannot be locked';
    throw error;
  }
}

/** The file, locked as long as it is open; undefined where another process has it. @throws LinuxError */
async function lockedFile(folder: string): Promise<number | undefined> {
  const kernel = await thisKernel();
  const path = join(folder, NAME);
  for (;;) {
    // It stays there: another process may have it open, and wait for nothing else.
    const file = inFolder(folder, () => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600), path);
    try {
      const take = (): boolean => isTaken(() => kernel.call('flock', BigInt(file), ALONE_OR_NOT));
      if (inFolder(folder, take, path)) {
        closeSync(file);
        return undefined;
      }
      // One that somebody has removed locks nobody out.
      if (isStillAt(file, path)) {
        inFolder(folder, () => nameOwner(file), path);
        return file;
      }
    } catch (error) {
      closeSync(file);
      throw error;
    }
    closeSync(file);
  }
}

function isStillAt(file: number, path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const { dev, ino } = fstatSync(file);
  return there?.dev === dev && there.ino === ino;
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
