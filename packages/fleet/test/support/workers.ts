import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ClockSettings } from '../../src/clock.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/simulation/worker-program.js', import.meta.url));

/** What a worker's process needs. */
export interface WorkerSettings {
  readonly database: string;
  readonly farm: string;
  readonly clock: ClockSettings;
}

/** A worker that is killed and started again. */
export class WorkerProcess {
  readonly name: string;
  readonly #settings: WorkerSettings;
  #child: ChildProcess | undefined;
  #isEnded = false;
  kills = 0;

  constructor(name: string, settings: WorkerSettings) {
    this.name = name;
    this.#settings = settings;
  }

  /** Of its process. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Again where it ends before it is ready, as who runs it would: the database was out of reach. */
  async start(): Promise<void> {
    for (let isReady = false; !isReady && !this.#isEnded; ) isReady = await this.#begin();
  }

  /** @returns whether it came so far as to take part. */
  async #begin(): Promise<boolean> {
    const child = spawn(process.execPath, ['--no-deprecation', PROGRAM], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify({ ...this.#settings, worker: this.name }));
    // Why one could not begin is of no interest where the next one can.
    child.stderr.pause();
    const lines = createInterface({ input: child.stdout });
    const isReady = await Promise.race([once(lines, 'line').then(() => true), once(child, 'exit').then(() => false)]);
    if (isReady) child.stderr.on('data', (said) => process.stderr.write(said));
    else child.stderr.resume();
    return isReady;
  }

  /** kill -9, and a new process in its place. */
  async killAndStart(): Promise<void> {
    this.kills++;
    await this.#end('SIGKILL');
    await this.start();
  }

  stop(): Promise<void> {
    this.#isEnded = true;
    return this.#end('SIGTERM');
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
}
