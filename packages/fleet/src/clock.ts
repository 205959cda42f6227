/** The time that a rollout goes by: real, or that of simulated hosts. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects with the signal's reason where it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Real milliseconds of one millisecond of this clock, 1 for the real one. */
  readonly scale: number;
}

/** A clock that processes share when each is made of the same numbers: no message is needed to agree on the time. */
export interface ClockSettings {
  /** Real milliseconds of one millisecond of the clock: 0.001 lets a second pass in a millisecond. */
  readonly scale: number;
  /** What the clock said at {@link realStart}, in milliseconds since 1970. */
  readonly start: number;
  /** Real milliseconds since 1970. */
  readonly realStart: number;
}

/** The longest time that a timer of Node takes, in milliseconds. */
const TIMER_MAX = 2 ** 31 - 1;

/** The clock on the wall. */
export const realClock: Clock = {
  scale: 1,
  now: () => Date.now(),
  sleep: (ms, signal) => pause(ms, signal),
};

/** A clock that goes faster than the wall's, or slower. */
export function scaledClock({ scale, start, realStart }: ClockSettings): Clock {
  return {
    scale,
    // Parts of a millisecond count where a millisecond is a second of the clock.
    now: () => start + (performance.timeOrigin + performance.now() - realStart) / scale,
    sleep: (ms, signal) => pause(ms * scale, signal),
  };
}

/** Waits real milliseconds; the time that no timer takes at once is waited for in parts. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const end = Date.now() + ms;
  for (let left = ms; ; left = end - Date.now()) {
    await part(Math.min(Math.max(left, 0), TIMER_MAX), signal);
    if (left <= TIMER_MAX) return;
  }
}

function part(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
