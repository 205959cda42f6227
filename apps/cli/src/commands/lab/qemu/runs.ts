import type { QemuLimits } from './limits.ts';
import type { QemuRequest } from './request.ts';
import { QemuRun } from './run.ts';

/** A place for a machine that is about to be asked for. */
export interface Slot {
  readonly start: (request: QemuRequest) => QemuRun;
  /** Gives it back, where nothing was started. */
  readonly release: () => void;
}

/** All machines that pages have started. */
export class QemuRuns {
  readonly limits: QemuLimits;
  readonly #runs = new Map<string, QemuRun>();
  #taken = 0;
  #isOver = false;

  constructor(limits: QemuLimits) {
    this.limits = limits;
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
    return { release, start: (request) => this.#start(request, release) };
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

  #start(request: QemuRequest, release: () => void): QemuRun {
    const run = new QemuRun(request, this.limits);
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
