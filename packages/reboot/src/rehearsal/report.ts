import type { Figure } from '../machine/report.ts';

/** One run of a rehearsal. */
export interface RehearsalRun {
  /** The name of its configuration. */
  readonly configuration: string;
  /** Seconds on this host's clock. */
  readonly seconds: number;
  /** What the strict machine counted. */
  readonly figures: readonly Figure[];
}

/** A rehearsal that went well; one that did not is an error. */
export interface RehearsalReport {
  readonly runs: readonly RehearsalRun[];
  /** Seconds of all runs. */
  readonly seconds: number;
}
