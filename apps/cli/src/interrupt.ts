import { Interruption, stoppedBy } from './error.ts';
import { EXIT } from './exit-code.ts';

/** Signals that ask a process to end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Milliseconds in which signals count once: npm passes on what the terminal has sent to us already. */
const ECHO = 100;
/** Milliseconds after which an interrupted process ends, whatever it still waits for. */
const PATIENCE = 800;

const UNDOING = 'what was loaded is being unloaded; another signal ends this at once, and leaves it';

/**
 * Ends the work of this process well: the first signal, or an output that cannot be written any more, aborts it; the
 * second signal ends the process at once. (QEMU ends with its parent, and no file of it has a name.)
 */
export class Interrupt {
  readonly #abort = new AbortController();
  #reason: Interruption | undefined;
  #since = 0;
  #isSettled = false;
  #undoes = false;
  readonly #endsByItself: boolean;

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

  /** From now on the work has something to undo, which takes its time: only a second signal ends the process before. */
  undoes(): void {
    this.#undoes = true;
  }

  /** The work has ended, and told why. */
  settle(): void {
    this.#isSettled = true;
  }

  #onSignal(signal: (typeof SIGNALS)[number]): void {
    if (this.#reason === undefined) this.#end(stoppedBy(signal));
    else if (!this.#endsByItself && performance.now() - this.#since > ECHO) process.exit(this.#reason.exitCode);
  }

  #onBrokenOutput(error: NodeJS.ErrnoException): void {
    if (this.#reason !== undefined) return;
    if (error.code === 'EPIPE') {
      this.#end(stoppedBy('SIGPIPE'));
      return;
    }
    const message = `cannot write: ${error.message}`;
    process.stderr.write(`kexeckit: ${message}\n`);
    const details = { exitCode: EXIT.trouble, isQuiet: true, cause: error };
    this.#end(new Interruption('EIO', message, 'make room for the output', details));
  }

  #end(reason: Interruption): void {
    this.#reason = reason;
    this.#since = performance.now();
    process.exitCode = reason.exitCode;
    this.#abort.abort(reason);
    if (!this.#endsByItself) setTimeout(() => this.#giveUp(reason), PATIENCE).unref();
  }

  #giveUp({ message, exitCode, isQuiet }: Interruption): void {
    if (this.#undoes && !this.#isSettled) {
      if (!isQuiet) process.stderr.write(`kexeckit: ${message}: ${UNDOING}\n`);
      return;
    }
    if (!this.#isSettled && !isQuiet) process.stderr.write(`kexeckit: ${message}\n`);
    process.exit(exitCode);
  }
}
