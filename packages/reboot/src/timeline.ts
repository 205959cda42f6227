import type { MachineProfile } from '@kexeckit/cost';
import type { StrategyName } from '@kexeckit/relocation';
import type { TimedPhase } from './phases.ts';

/**
 * Where a figure comes from: `measured` on this run's clock · `modelled` from what the run did, priced with a machine
 * profile · `published` taken over from a published measurement · `skipped` the phase was not run · `unknown` there is none: nobody
 * has measured what this machine takes.
 */
export type Basis = 'measured' | 'modelled' | 'published' | 'skipped' | 'unknown';

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
  | 'purgatory, caches off'
  /** No profile describes the machine. */
  | 'unknown machine'
  /** The machine's profile lacks a price that it takes. */
  | 'not in the profile';

/** A phase that has a time. A skipped phase may still say what it would have taken. */
export interface KnownTime {
  readonly phase: TimedPhase;
  readonly basis: Exclude<Basis, 'unknown'>;
  readonly seconds: number;
  /** Between these it lies, as often as the profile says; left out where nothing tells. */
  readonly low?: number;
  readonly high?: number;
  readonly remark?: Remark;
}

/** A phase that takes nobody knows how long, or would have taken. */
export interface UnknownTime {
  readonly phase: TimedPhase;
  readonly basis: 'unknown' | 'skipped';
  readonly seconds?: undefined;
  readonly remark: Extract<Remark, 'unknown machine' | 'not in the profile'>;
}

/** One phase of a timeline. */
export type PhaseTime = KnownTime | UnknownTime;

/** How long a reboot took, phase by phase. */
export interface Timeline {
  readonly label: string;
  readonly strategy: StrategyName | undefined;
  readonly phases: readonly PhaseTime[];
  /** Whose prices what is modelled was priced with; left out where there are none. */
  readonly profile?: MachineProfile;
}

/** Seconds of all phases that were run; undefined where one of them is unknown. */
export function totalSeconds({ phases }: Timeline): number | undefined {
  const run = phases.filter(({ basis }) => basis !== 'skipped');
  return run.reduce<number | undefined>(
    (sum, { seconds }) => (sum === undefined || seconds === undefined ? undefined : sum + seconds),
    0,
  );
}

/** Seconds of one phase; 0 where the timeline has none or it was skipped, undefined where it is unknown. */
export function secondsOf({ phases }: Timeline, phase: TimedPhase): number | undefined {
  const found = phases.find((time) => time.phase === phase);
  return found === undefined || found.basis === 'skipped' ? 0 : found.seconds;
}
