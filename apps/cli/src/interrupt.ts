import { Interruption, reasonOf, stoppedBy } from './error.ts';
import { EXIT } from './exit-code.ts';

/** Signals that ask a process to end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Milliseconds in which signals count once: npm passes on what the terminal has sent to us already. */
const ECHO = 100;
/** Milliseconds after which an interrupted process ends, whatever it still waits for. */
const PATIENCE = 800;

/**
 * Ends the work of this process well: the first signal, or an output that cannot be written any more, aborts it; the
 * second signal ends the process at once. (QEMU ends with its parent, and no file of it has a name.)
 */
export class Interrupt {
  readonly #abort = new AbortController();
  #reason: Interruption | undefined;
  #since = 0;
  #isSettled = false;
  readonly #endsByItself: boolean;
  /** What work that has to be undone first has left behind so far, in words. */
  readonly #left = new Set<() => string>();

  /** @param endsByItself the process must not end before its work lets it: it holds what others depend on. */
  constructor({ endsByItself = false }: { readonly endsByItself?: boolean } = {}) {
    this.#endsByItself = endsByItself;
    for (const signal of SIGNALS) process.on(signal, () => this.#onSignal(signal));
    for (const stream of [process.stdout, process.stderr])
      stream.on('error', (error: NodeJS.ErrnoException) => this.#onBrokenOutput(error));
  }

  /** Aborted when the work is to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why the work was to end; undefined while it was not. */
  get reason(): Interruption | undefined {
    return this.#reason;
  }

  /**
   * Does work that has to be undone where it is to end before its time: the process waits for that. Only a second signal ends it,
   * and then what is left is told.
   */
  async undisturbed<T>(work: () => Promise<T>, left: () => string): Promise<T> {
    this.#left.add(left);
    try {
      return await work();
    } finally {
      this.#left.delete(left);
      if (this.#reason !== undefined) this.#endSoon(this.#reason);
    }
  }

  /** The work has ended, and told why. */
  settle(): void {
    this.#isSettled = true;
  }

  #onSignal(signal: (typeof SIGNALS)[number]): void {
    if (this.#reason === undefined) this.#end(stoppedBy(signal));
    else if (!this.#endsByItself && performance.now() - this.#since > ECHO) this.#endNow(this.#reason);
  }

  #endNow({ exitCode }: Interruption): void {
    for (const left of this.#left) process.stderr.write(`kexeckit: stopped before that was undone: ${left()}\n`);
    process.exit(exitCode);
  }

  #onBrokenOutput(error: NodeJS.ErrnoException): void {
    if (this.#reason !== undefined) return;
    if (error.code === 'EPIPE') {
      this.#end(stoppedBy('SIGPIPE'));
      return;
    }
    const message = `cannot write: ${reasonOf(error)}`;
    process.stderr.write(`kexeckit: ${message}\n`);
    const details = { exitCode: EXIT.trouble, isQuiet: true, cause: error };
    this.#end(new Interruption('EIO', message, 'make room for the output', details));
  }

  #end(reason: Interruption): void {
    this.#reason = reason;
    this.#since = performance.now();
    process.exitCode = reason.exitCode;
    this.#abort.abort(reason);
    this.#endSoon(reason);
  }

  #endSoon(reason: Interruption): void {
    if (!this.#endsByItself) setTimeout(() => this.#giveUp(reason), PATIENCE).unref();
  }

  #giveUp({ message, exitCode, isQuiet }: Interruption): void {
    if (this.#left.size > 0) {
      if (!isQuiet)
        process.stderr.write(
          `kexeckit: ${message}: waiting until what was loaded is unloaded; once more ends at once\n`,
        );
      return;
    }
    if (!this.#isSettled && !isQuiet) process.stderr.write(`kexeckit: ${message}\n`);
    process.exit(exitCode);
  }
}
