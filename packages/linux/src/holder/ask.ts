import { connect } from 'node:net';
import type { Host } from '../host.ts';
import { noteEmptied } from '../machine/emptied-record.ts';
import { isLoadedNow } from '../machine/loaded-now.ts';
import { forgetLoaded, readLoaded } from '../machine/loaded-record.ts';
import { unloadSlot } from '../machine/slots.ts';
import { errnoOf } from '../reading.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { withLockIfAny } from './lock.ts';
import { isSame } from './process.ts';
import { type Answer, allOf, answerIn, noAnswer, type Question } from './protocol.ts';
import { type FoundHolder, readHolder, removeRecord, socketIn } from './record.ts';
import { HOLDER_FOLDER } from './run-folder.ts';

/** Milliseconds that a holder may take: it reads back every page. */
const PATIENCE = 120_000;

/** Asks the holder that lives. @throws RebootError that it answers with; `EIO` where it does not answer. */
export async function askHolder(question: Question, folder: string = HOLDER_FOLDER): Promise<Answer> {
  const socket = connect(socketIn(folder));
  socket.setTimeout(PATIENCE, () => socket.destroy());
  socket.end(`${question}\n`);
  const text = await allOf(socket).catch(() => {
    throw noAnswer();
  });
  return answerIn(text);
}

/**
 * Unloads what leads to pages of a process that has died, if that is what is loaded: whoever looks after it does so first. What
 * was noted in another boot, or by a process that only another namespace knows, and what somebody else has loaded since, stays.
 *
 * @returns the dead holder whose image it was, which is not loaded now; undefined where there is none, or it has left nothing.
 * @throws RebootError in phase `stage`, with what the kernel's errno means on this host.
 */
export async function unloadDead(
  host: Host,
  kernel?: Kernel,
  folder: string = HOLDER_FOLDER,
): Promise<FoundHolder | undefined> {
  if (leftByDead(folder) === undefined) return undefined;
  const asked = kernel ?? (await thisKernel());
  return await withLockIfAny(folder, () => unloadDeadAlone(host, asked, folder));
}

/** The same, for whoever has the lock. */
export async function unloadDeadAlone(host: Host, kernel: Kernel, folder: string): Promise<FoundHolder | undefined> {
  const left = leftByDead(folder);
  if (left === undefined) return undefined;
  const { holder, isLoaded } = left;
  const isWanted = (): boolean => isLoadedNow((path) => kernel.text(path)) !== false;
  if (isLoaded) {
    await unloadSlot(host, kernel, 'next', { isWanted });
    // Its watcher may come later.
    noteEmptied(folder, holder);
  }
  const loaded = readLoaded(folder);
  if (loaded !== undefined && isSame(loaded, holder)) forgetLoaded(folder);
  removeRecord(folder, holder);
  return isLoaded ? holder : undefined;
}

/**
 * Forgets a holder of another namespace, of whose process nothing can be seen, where nobody listens for it any more. To be called
 * when what it held is unloaded.
 */
export async function forgetGone(folder: string = HOLDER_FOLDER): Promise<void> {
  const holder = readHolder(folder);
  if (holder === undefined || holder.isAlive !== undefined) return;
  const socket = connect(socketIn(folder));
  const errno = await new Promise<string | undefined>((resolve) => {
    socket.once('connect', () => resolve(undefined)).once('error', (error) => resolve(errnoOf(error)));
  });
  socket.destroy();
  if (errno === 'ECONNREFUSED' || errno === 'ENOENT') removeRecord(folder, holder);
}

/** A holder that has died, and whether what is loaded, if anything is, leads to its pages: nobody has loaded anything since. */
export function leftByDead(folder: string): { holder: FoundHolder; isLoaded: boolean } | undefined {
  const holder = readHolder(folder);
  if (holder?.isAlive !== false) return undefined;
  const loaded = readLoaded(folder);
  return { holder, isLoaded: loaded === undefined || isSame(loaded, holder) };
}
