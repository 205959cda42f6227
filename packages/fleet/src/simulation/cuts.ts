import type { CutSchedule } from './config.ts';
import { bitsOf, shareOf } from './seed.ts';

/** A cut on demand; `*` is everybody. */
export interface Cut {
  readonly worker: string;
  readonly host: string;
  /** Until when, in milliseconds of the farm's clock. */
  readonly until: number;
}

/** How a cut is felt: an error at once, or silence. */
export type CutKind = 'refuses' | 'silent';

/** Which worker cannot reach which host: by a schedule that the seed decides, and on demand. */
export class Cuts {
  readonly #seed: number;
  readonly #schedule: CutSchedule | undefined;
  #demanded: readonly Cut[] = [];

  constructor(seed: number, schedule: CutSchedule | undefined) {
    this.#seed = seed;
    this.#schedule = schedule;
  }

  add(cut: Cut): void {
    this.#demanded = [...this.#demanded, cut];
  }

  /** Ends all that were demanded. */
  mend(): void {
    this.#demanded = [];
  }

  at(worker: string, host: string, now: number): CutKind | undefined {
    if (!this.#isDemanded(worker, host, now) && !this.#isScheduled(worker, host, now)) return undefined;
    return bitsOf(this.#seed, worker, host, 'kind') % 2 === 0 ? 'refuses' : 'silent';
  }

  #isDemanded(worker: string, host: string, now: number): boolean {
    if (this.#demanded.length === 0) return false;
    this.#demanded = this.#demanded.filter(({ until }) => now < until);
    return this.#demanded.some((cut) => fits(cut.worker, worker) && fits(cut.host, host));
  }

  #isScheduled(worker: string, host: string, now: number): boolean {
    if (this.#schedule === undefined) return false;
    const { share, lastsMs } = this.#schedule;
    return shareOf(this.#seed, worker, host, Math.floor(now / lastsMs)) < share;
  }
}

const fits = (pattern: string, name: string): boolean => pattern === '*' || pattern === name;
