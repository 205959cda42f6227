import type { CommandKind } from './command.ts';
import type { CutShare } from './config.ts';
import { bitsOf, shareOf } from './seed.ts';

/** A cut on demand; `*` is everybody. */
export interface Cut {
  readonly worker: string;
  readonly host: string;
  /** Until when, in milliseconds of the farm's clock. */
  readonly until: number;
}

/** How a cut is felt. */
export type CutKind =
  /** An error at once: the host is not reached. */
  | 'refuses'
  /** Silence: the host is not reached. */
  | 'silent'
  /** What was asked is done, and the connection breaks. */
  | 'breaks'
  /** What was asked is done, and nobody hears of it. */
  | 'unheard';

/** Whether the host never hears what was asked. */
export const isLost = (cut: CutKind | undefined): cut is 'refuses' | 'silent' => cut === 'refuses' || cut === 'silent';

const kinds: readonly CutKind[] = ['refuses', 'breaks', 'silent', 'unheard'];
/** Times that one command is cut in turn: less than a worker tries. */
const TIMES_MOST = 3;

/**
 * Which way to a host is cut. By the seed, each command of each host for itself, however often and whenever it is asked; on demand between
 * any worker and any host, for a time.
 */
export class Cuts {
  readonly #seed: number;
  readonly #share: number;
  #demanded: readonly Cut[] = [];

  constructor(seed: number, cuts: CutShare | undefined) {
    this.#seed = seed;
    this.#share = cuts?.share ?? 0;
  }

  add(cut: Cut): void {
    this.#demanded = [...this.#demanded, cut];
  }

  /** Ends all that were demanded. */
  mend(): void {
    this.#demanded = [];
  }

  /** Whether the seed cuts anything. */
  get areDecided(): boolean {
    return this.#share > 0;
  }

  /** What was demanded between these two. */
  demanded(worker: string, host: string, now: number): 'refuses' | 'silent' | undefined {
    if (this.#demanded.length === 0) return undefined;
    this.#demanded = this.#demanded.filter(({ until }) => now < until);
    if (!this.#demanded.some((cut) => fits(cut.worker, worker) && fits(cut.host, host))) return undefined;
    return bitsOf(this.#seed, worker, host, 'kind') % 2 === 0 ? 'refuses' : 'silent';
  }

  /** @param times how often the host has been asked for this before. */
  decided(host: string, command: CommandKind, times: number): CutKind | undefined {
    if (times >= TIMES_MOST || shareOf(this.#seed, host, command, 'cut') >= this.#share) return undefined;
    const bits = bitsOf(this.#seed, host, command, 'how');
    return times <= bits % TIMES_MOST ? kinds[bitsOf(bits, times) % kinds.length] : undefined;
  }
}

const fits = (pattern: string, name: string): boolean => pattern === '*' || pattern === name;
