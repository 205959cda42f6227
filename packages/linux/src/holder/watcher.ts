import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { LinuxError } from '../error.ts';
import { isEmptied } from '../machine/emptied-record.ts';
import { isLoadedNow } from '../machine/loaded-now.ts';
import { forgetLoadedBefore, readLoaded } from '../machine/loaded-record.ts';
import { emptySlot } from '../machine/slots.ts';
import type { Kernel } from '../syscalls/kernel.ts';
import { withLockSoon } from './lock.ts';
import { fateOf } from './process.ts';
import { readHolder, removeRecord } from './record.ts';

/**
 * What such a process is called. systemd, as it shuts down, spares processes of root whose first argument begins with an `@`:
 * they hold what is needed until the last system call.
 */
export const SPARED_NAMES = { holder: '@kexeckit-holder', watcher: '@kexeckit-watcher' } as const;

const READY = 'ready\n';
const RELEASED = 'released\n';
/** Milliseconds until a watcher that has ended is followed by another. */
const PAUSE = 100;

/**
 * The watcher: waits until its holder is gone, and unloads the image unless the holder has said that it had done so. The
 * image leads to pages that were the holder's, and are anybody's now.
 */
export async function watchHolder(kernel: Kernel, folder: string): Promise<void> {
  const holder = process.ppid;
  // A holder that has died by now does not read it, and is watched all the same.
  process.stdout.on('error', () => {});
  process.stdout.write(READY);
  let said = '';
  process.stdin.setEncoding('utf8');
  for await (const text of process.stdin) said += String(text);
  if (said.endsWith(RELEASED)) return;
  await withLockSoon(folder, () => unloadLeft(kernel, folder, holder));
}

/** Unloads what a holder has left that has died. @param holder its number */
export async function unloadLeft(kernel: Kernel, folder: string, holder: number): Promise<void> {
  const isOthers = (): boolean => isAnothers(folder, holder);
  const isWanted = (): boolean => !isOthers() && isLoadedNow((path) => kernel.text(path)) !== false;
  await emptySlot(kernel, 'next', { isWanted });
  if (isOthers()) return;
  forgetLoadedBefore(folder);
  const noted = readHolder(folder);
  if (noted !== undefined) removeRecord(folder, noted);
}

/**
 * Whoever looked first may have unloaded it already, and another process may have loaded something since, or is about to: that
 * stays, but for what another dead holder has left.
 */
function isAnothers(folder: string, holder: number): boolean {
  const noted = readHolder(folder);
  if (noted !== undefined && noted.pid !== holder && noted.isAlive !== false) return true;
  const loaded = readLoaded(folder);
  // What its holder has left was unloaded, and what is loaded now has no note.
  if (loaded === undefined) return isEmptied(folder, ({ pid }) => pid === holder);
  return loaded.pid !== holder && !(loaded.isHeld && fateOf(loaded) === 'dead');
}

/** The holder's side of its watcher: one runs, always. */
export class Watcher {
  readonly #command: readonly string[];
  #child: ChildProcess;
  #isReleased = false;

  private constructor(command: readonly string[], child: ChildProcess) {
    this.#command = command;
    this.#child = child;
    this.#keep();
  }

  /** Starts one by its command, and waits until it watches. */
  static async start(command: readonly string[]): Promise<Watcher> {
    return new Watcher(command, await startWatching(command));
  }

  /** The process. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Lets it end: there is nothing to unload any more. */
  release(): void {
    this.#isReleased = true;
    this.#child.stdin?.end(RELEASED);
  }

  /** A watcher that ends before its time is followed by another. */
  #keep(): void {
    this.#child.once('exit', () => {
      if (this.#isReleased) return;
      void sleep(PAUSE)
        .then(() => startWatching(this.#command))
        .then((child) => {
          this.#child = child;
          if (this.#isReleased) this.release();
          else this.#keep();
        })
        // The next process that looks unloads what a dead holder has held.
        .catch(() => {});
    });
  }
}

async function startWatching([program = '', ...args]: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, args, {
    argv0: SPARED_NAMES.watcher,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // What is written to one that has gone is lost: its end is seen otherwise.
  child.stdin?.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('error', (cause) => reject(unwatched(cause.message, cause)));
    child.once('exit', (code, signal) => reject(unwatched(`it ended (${signal ?? code})`)));
  });
  child.unref();
  return child;
}

const unwatched = (why: string, cause?: unknown): LinuxError =>
  new LinuxError('EIO', `no process watches over what is loaded: ${why}`, 'see dmesg, then try again', { cause });
