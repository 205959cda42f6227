import { connect } from 'node:net';
import type { Host } from '../host.ts';
import { unloadSlot } from '../machine/slots.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { type Answer, allOf, answerIn, noAnswer, type Question } from './protocol.ts';
import { type FoundHolder, HOLDER_FOLDER, readHolder, removeRecord, socketIn } from './record.ts';

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
 * Unloads what leads to pages of a process that has died, if that is what is loaded: whoever looks after it does so first.
 *
 * @returns the holder that is dead; undefined where there is none.
 * @throws RebootError in phase `stage`, with what the kernel's errno means on this host.
 */
export async function unloadDead(
  host: Host,
  kernel?: Kernel,
  folder: string = HOLDER_FOLDER,
): Promise<FoundHolder | undefined> {
  const found = readHolder(folder);
  if (found === undefined || found.isAlive) return undefined;
  if (host.kexecLoaded !== false) {
    const asked = kernel ?? (await thisKernel());
    await unloadSlot(host, asked, 'next');
  }
  removeRecord(folder);
  return found;
}
