/** The time that a rollout goes by: real, or that of simulated hosts. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects with the signal's reason where it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Real milliseconds of one millisecond of this clock, 1 for the real one. */
  readonly scale: number;
}
