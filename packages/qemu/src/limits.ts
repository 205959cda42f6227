import { QemuError } from './error.ts';

/** How long a client may take in all, and what ends it before. */
export interface ClientLimits {
  /** Ends the connection, and whatever is asked on it; one that has fired before counts. */
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole connection, from connecting to its end; by default as long as it lasts. */
  readonly timeoutMs?: number;
}

/** A timer holds 31 bits of milliseconds. */
export const TIMEOUT_MAX_MS: number = 2 ** 31 - 1;

/** One deadline and one signal, for everything that is asked from now on. */
export class Deadline {
  readonly signal: AbortSignal | undefined;
  readonly milliseconds: number;
  readonly #end: number;

  private constructor(signal: AbortSignal | undefined, milliseconds: number) {
    this.signal = signal;
    this.milliseconds = milliseconds;
    this.#end = performance.now() + milliseconds;
  }

  /** Begins now. @throws QemuError `EINVAL` for a time that no timer can wait. */
  static of(limits: AbortSignal | ClientLimits): Deadline {
    if (limits instanceof AbortSignal) return new Deadline(limits, Number.POSITIVE_INFINITY);
    const { signal, timeoutMs } = limits;
    if (timeoutMs !== undefined) refuseNoTime(timeoutMs);
    return new Deadline(signal, timeoutMs ?? Number.POSITIVE_INFINITY);
  }

  /** Milliseconds that are left; none once it has passed. */
  left(): number {
    return Math.max(this.#end - performance.now(), 0);
  }
}

/** @throws QemuError `EINVAL` for a time that no timer can wait. */
export function refuseNoTime(milliseconds: number): void {
  if (milliseconds > 0 && milliseconds <= TIMEOUT_MAX_MS) return;
  throw new QemuError('EINVAL', `a limit of ${milliseconds} ms`, 'give more than 0, and at most 24 days');
}
