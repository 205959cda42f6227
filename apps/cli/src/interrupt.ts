import { CliError, Interruption } from './error.ts';
import { exitCodeOf, EXIT } from './exit-code.ts';

/** Signals that ask a process to end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Milliseconds in which the same signal counts once: npm passes on what the terminal has sent to us already. */
const ECHO = 100;
/** Milliseconds after which an interrupted process ends, whatever it still waits for. */
const PATIENCE = 800;

/**
 * Ends the work of this process well: the first signal, or an output that nobody reads any more, aborts it; the second
 * signal ends the process at once. (QEMU ends with its parent, and no file of it has a name.)
 */
export class Interrupt {
  readonly #abort = new AbortController();
  #exitCode: number | undefined;
  #since = 0;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, () => this.#onSignal(signal));
    for (const stream of [process.stdout, process.stderr])
      stream.on('error', (error: NodeJS.ErrnoException) => this.#onBrokenOutput(error));
  }

  /** Aborted when the work is to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The exit code of a process that was interrupted. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  #onSignal(signal: (typeof SIGNALS)[number]): void {
    if (!this.signal.aborted) this.#end(exitCodeOf(signal), new Interruption(signal));
    else if (performance.now() - this.#since > ECHO) process.exit(this.#exitCode ?? exitCodeOf(signal));
  }

  #onBrokenOutput(error: NodeJS.ErrnoException): void {
    if (this.signal.aborted) return;
    if (error.code === 'EPIPE') this.#end(exitCodeOf('SIGPIPE'), new Interruption('SIGPIPE'));
    else this.#end(EXIT.failed, new CliError('EIO', `cannot write: ${error.message}`, 'make room for the output'));
  }

  #end(exitCode: number, reason: Error): void {
    this.#exitCode = exitCode;
    this.#since = performance.now();
    process.exitCode = exitCode;
    this.#abort.abort(reason);
    setTimeout(() => process.exit(exitCode), PATIENCE).unref();
  }
}
