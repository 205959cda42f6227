import { type ChildProcess, spawn } from 'node:child_process';
import { FleetError } from '../error.ts';
import { lastLines } from '../printable.ts';
import type { RunRequest, RunResult } from './transport.ts';

/** A program of this machine that is run for a host. */
export interface ChildRequest extends Omit<RunRequest, 'argv'> {
  readonly program: string;
  readonly args: readonly string[];
  /** The host that it is run for. */
  readonly host: string;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Bytes of standard error that are kept. */
const STDERR_MOST = 4096;
/** Lines of it. */
const STDERR_LINES = 64;
/** Milliseconds from a request to end to the end that nothing resists. */
const GRACE_MS = 2000;
/** Milliseconds that output is waited for when the program has ended: what it has started may hold its pipes for ever. */
const DRAIN_MS = 500;
/** What a shell ends with for a program that is not there, or that may not be started. */
const NOT_FOUND = 127;
const NOT_STARTED = 126;

/**
 * Runs a program without a shell.
 *
 * @throws FleetError `ETIMEDOUT`, `EMSGSIZE`, `ECANCELED`, each with the program ended; `EIO` where none can be started.
 */
export function runChild(request: ChildRequest): Promise<RunResult> {
  if (request.signal?.aborted) return Promise.reject(canceled(request));
  return new Promise((resolve, reject) => {
    new Run(request, resolve, reject);
  });
}

class Run {
  readonly #request: ChildRequest;
  readonly #resolve: (result: RunResult) => void;
  readonly #reject: (error: FleetError) => void;
  readonly #child: ChildProcess;
  readonly #out: Buffer[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #cancel = (): void => this.#end(canceled(this.#request));
  #size = 0;
  #err: Buffer = Buffer.alloc(0);
  #isSettled = false;

  constructor(request: ChildRequest, resolve: (result: RunResult) => void, reject: (error: FleetError) => void) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    const { program, args, env, stdin, limitMs, signal } = request;
    // In a group of its own: with a shell script, what it has started ends as well, and a Ctrl-C is the worker's alone.
    const stdio = [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] satisfies ('pipe' | 'ignore')[];
    this.#child = spawn(program, args, { ...(env && { env }), stdio, detached: true });
    this.#timer = setTimeout(() => this.#end(this.#late()), Math.min(limitMs, TIMER_MOST));
    signal?.addEventListener('abort', this.#cancel, { once: true });
    this.#child.once('error', (error) => this.#failed(error));
    this.#child.once('exit', (code) => void this.#ended(code ?? undefined));
    this.#child.stdout?.on('data', (piece: Buffer) => this.#take(piece));
    this.#child.stderr?.on('data', (piece: Buffer) => {
      this.#err = Buffer.concat([this.#err, piece]).subarray(-STDERR_MOST);
    });
    // It may end without reading.
    this.#child.stdin?.on('error', () => {}).end(stdin);
  }

  #take(piece: Buffer): void {
    if (this.#isSettled) return;
    const { maxBytes, keepsEnd } = this.#request;
    this.#size += piece.length;
    this.#out.push(piece);
    if (this.#size <= maxBytes) return;
    if (keepsEnd) this.#letGo(maxBytes);
    else this.#end(this.#error('EMSGSIZE', `more than ${this.#request.maxBytes} bytes`, 'see what it writes'));
  }

  /** Pieces before the last bytes. */
  #letGo(most: number): void {
    for (let first = this.#out[0]; first !== undefined && this.#size - first.length >= most; first = this.#out[0]) {
      this.#size -= first.length;
      this.#out.shift();
    }
  }

  #failed(error: NodeJS.ErrnoException): void {
    const { program } = this.#request;
    const code = error.code === 'ENOENT' ? NOT_FOUND : error.code === 'EACCES' ? NOT_STARTED : undefined;
    if (code === undefined)
      this.#end(this.#error('EIO', `${program} cannot be started (${error.code})`, 'see what is left'));
    else this.#settle(() => this.#resolve({ code, stdout: new Uint8Array(), stderr: `${program}: ${error.code}` }));
  }

  async #ended(code: number | undefined): Promise<void> {
    const { stdout, stderr } = this.#child;
    const drained = [stdout, stderr].map((stream) =>
      stream === null || stream.closed ? undefined : new Promise((done) => stream.once('close', done)),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((done) => {
      timer = setTimeout(done, DRAIN_MS);
    });
    await Promise.race([Promise.all(drained), late]);
    clearTimeout(timer);
    const said = lastLines(this.#err.toString('utf8'), STDERR_LINES).join('\n');
    this.#settle(() =>
      this.#resolve({ code, stdout: Buffer.concat(this.#out).subarray(-this.#request.maxBytes), stderr: said }),
    );
  }

  /** Asks the program to end, and soon makes it. */
  #end(error: FleetError): void {
    if (this.#isSettled) return;
    this.#kill('SIGTERM');
    setTimeout(() => this.#kill('SIGKILL'), GRACE_MS);
    this.#settle(() => this.#reject(error));
  }

  /** The program, and what it has started. */
  #kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // All of them have ended.
    }
  }

  #settle(settle: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener('abort', this.#cancel);
    for (const stream of [this.#child.stdout, this.#child.stderr, this.#child.stdin]) stream?.destroy();
    settle();
  }

  #late(): FleetError {
    return this.#error('ETIMEDOUT', `nothing after ${this.#request.limitMs} ms`, 'see what the host is busy with');
  }

  #error(code: 'ETIMEDOUT' | 'EMSGSIZE' | 'EIO', what: string, hint: string): FleetError {
    const { host } = this.#request;
    return new FleetError(code, `${host}: ${what}`, hint, { host });
  }
}

/** The longest that a timer of Node takes. */
const TIMER_MOST = 2 ** 31 - 1;

const canceled = ({ host, signal }: Pick<ChildRequest, 'host' | 'signal'>): FleetError =>
  new FleetError('ECANCELED', `${host}: given up`, 'begin again', { host, cause: signal?.reason });
