import type { Clock } from '../clock.ts';

/** Milliseconds that one look at a host takes at most. */
const LOOK_MOST = 5 * 60_000;

/**
 * A time limit between looks at a host. Time that passed without a look does not count, whether the clock was set or the process stood still:
 * a host is not given up before it was looked at as often as it should be.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #lookMs: number;
  #until: number;
  #last: number;

  /** @param lookMs milliseconds between two looks at most. */
  constructor(clock: Clock, until: number, lookMs: number = LOOK_MOST) {
    this.#clock = clock;
    this.#lookMs = lookMs;
    this.#until = until;
    this.#last = clock.now();
  }

  /** Whether the time is over; called with each look. */
  isOver(): boolean {
    this.#pass(this.#lookMs);
    return this.#last >= this.#until;
  }

  /** What was waited for since the last look was something else than the host. */
  excuse(): void {
    this.#pass(0);
  }

  /** Time goes on to this moment, of which at most so much counts. */
  #pass(most: number): void {
    const now = this.#clock.now();
    const passed = now - this.#last;
    this.#until += passed - Math.min(Math.max(passed, 0), most);
    this.#last = now;
  }
}
