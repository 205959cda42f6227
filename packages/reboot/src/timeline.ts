import type { StrategyName } from '@kexeckit/relocation';
import type { TimedPhase } from './phases.ts';

/**
 * Where a figure comes from: `measured` on this run's clock · `modelled` from what the run did, priced with a machine
 * profile · `published` taken over from a published measurement · `skipped` the phase was not run.
 */
export type Basis = 'measured' | 'modelled' | 'published' | 'skipped';

/** What has to be known about a figure; rendering says it in words. */
export type Remark =
  /** By this host's clock, under software emulation. */
  | 'emulated'
  /** No old kernel ran before the relocation. */
  | 'no old kernel'
  /** The routine does it while it relocates: it is in that figure. */
  | 'within relocation'
  /** Nobody asked for it. */
  | 'not asked for'
  /** The machine stopped at the jump, as it was asked to. */
  | 'stopped at the jump'
  /** Not run: what Linux's purgatory would add with the caches off. */
  | 'purgatory, caches off';

/** One phase of a timeline. A skipped phase may still say what it would have taken. */
export interface PhaseTime {
  readonly phase: TimedPhase;
  readonly basis: Basis;
  readonly seconds: number;
  readonly remark?: Remark;
}

/** How long a reboot took, phase by phase. */
export interface Timeline {
  readonly label: string;
  readonly strategy: StrategyName | undefined;
  readonly phases: readonly PhaseTime[];
}

/** Seconds of all phases that were run. */
export function totalSeconds(timeline: Timeline): number {
  return timeline.phases.reduce((sum, { basis, seconds }) => (basis === 'skipped' ? sum : sum + seconds), 0);
}

/** Seconds of one phase; 0 where the timeline has none or it was skipped. */
export function secondsOf(timeline: Timeline, phase: TimedPhase): number {
  const found = timeline.phases.find((time) => time.phase === phase);
  return found === undefined || found.basis === 'skipped' ? 0 : found.seconds;
}
