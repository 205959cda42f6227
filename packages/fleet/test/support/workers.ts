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
  kills = 0;

  constructor(name: string, settings: WorkerSettings) {
    this.name = name;
    this.#settings = settings;
  }

  /** Of its process. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--no-deprecation', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify({ ...this.#settings, worker: this.name }));
    const lines = createInterface({ input: child.stdout });
    await Promise.race([once(lines, 'line'), once(child, 'close')]);
  }

  /** kill -9, and a new process in its place. */
  async killAndStart(): Promise<void> {
    this.kills++;
    await this.#end('SIGKILL');
    await this.start();
  }

  stop(): Promise<void> {
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
