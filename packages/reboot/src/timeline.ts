import type { StrategyName } from '@kexeckit/relocation';

/** The phases of a reboot, in the words of the 2019 cover letter. */
export type Phase = 'shutdown' | 'relocation' | 'checksum' | 'startup';

/** All phases, in their order. */
export const phases: readonly Phase[] = ['shutdown', 'relocation', 'checksum', 'startup'];

/**
 * Where a figure comes from: `measured` on this run's clock · `modelled` from what the run did, priced with a machine
 * profile · `published` taken over from a published measurement · `skipped` the phase was not run.
 */
export type Basis = 'measured' | 'modelled' | 'published' | 'skipped';

/** One phase of a timeline. A skipped phase may still say what it would have taken. */
export interface PhaseTime {
  readonly phase: Phase;
  readonly basis: Basis;
  readonly seconds: number;
  readonly note?: string;
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
export function secondsOf(timeline: Timeline, phase: Phase): number {
  const found = timeline.phases.find((time) => time.phase === phase);
  return found === undefined || found.basis === 'skipped' ? 0 : found.seconds;
}

const published = (phase: Phase, seconds: number): PhaseTime => ({ phase, seconds, basis: 'published' });

/** Published timelines of the same workload's machine: Broadcom Stingray. */
export const publishedTimelines: readonly Timeline[] = [
  {
    label: 'July 2019, 13M + 24M, MMU off',
    strategy: 'mmu-off',
    phases: [
      published('shutdown', 0.03),
      published('relocation', 0.35),
      { phase: 'checksum', seconds: 2.31, basis: 'skipped', note: 'purgatory, when it is not skipped' },
      published('startup', 0.29),
    ],
  },
  {
    label: 'MMU series, 25M, MMU off',
    strategy: 'mmu-off',
    phases: [
      published('shutdown', 0.022131328),
      published('relocation', 0.440510736),
      published('startup', 0.294706768),
    ],
  },
  {
    label: 'MMU series, 25M, MMU on',
    strategy: 'mmu-on',
    phases: [
      published('shutdown', 0.032066576),
      published('relocation', 0.022158152),
      published('startup', 0.29605588),
    ],
  },
];
