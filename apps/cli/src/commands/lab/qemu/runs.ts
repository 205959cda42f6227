import type { CommandOf } from './boot-process.ts';
import type { QemuLimits } from './limits.ts';
import { QemuRun } from './run.ts';

/** A place for a machine that is about to be asked for. */
export interface Slot {
  /** @param body of a request that can be read. */
  readonly start: (body: Uint8Array) => QemuRun;
  /** Gives it back, where nothing was started. */
  readonly release: () => void;
}

/** All machines that pages have started. */
export class QemuRuns {
  readonly limits: QemuLimits;
  readonly #runs = new Map<string, QemuRun>();
  readonly #command: CommandOf | undefined;
  #taken = 0;
  #isOver = false;

  /** @param command starts this command again: the running one, by default. */
  constructor(limits: QemuLimits, command?: CommandOf) {
    this.limits = limits;
    this.#command = command;
  }

  /** A place for one more machine; undefined where there are as many as there may be. Who uploads has one already. */
  take(): Slot | undefined {
    if (this.#isOver || this.#taken >= this.limits.machines) return undefined;
    this.#taken += 1;
    let isOpen = true;
    const release = (): void => {
      if (isOpen) this.#taken -= 1;
      isOpen = false;
    };
    return { release, start: (body) => this.#start(body, release) };
  }

  /** A machine, for a while after its end too. */
  find(id: string): QemuRun | undefined {
    return this.#runs.get(id);
  }

  /** Ends all of them; no more are started. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#runs.values()].map((run) => run.end()));
  }

  #start(body: Uint8Array, release: () => void): QemuRun {
    const run = new QemuRun(body, this.limits, this.#command);
    this.#runs.set(run.id, run);
    void run.ended.then(() => {
      release();
      this.#forgetLater(run.id);
    });
    if (this.#isOver) void run.end();
    return run;
  }

  /** How it ended is told for a while; of those that have ended, so many as may run. */
  #forgetLater(id: string): void {
    setTimeout(() => this.#runs.delete(id), this.limits.toldMs).unref();
    const ended = [...this.#runs.values()].filter(({ log }) => log.isOver);
    for (const run of ended.slice(0, -this.limits.machines)) this.#runs.delete(run.id);
  }
}
