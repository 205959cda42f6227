import { measurements, type PhaseSeconds } from '@kexeckit/cost';
import type { Strategy } from '@kexeckit/relocation';

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
  readonly strategy: Strategy | undefined;
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

const { stingray2019, stingray2019Checksum, stingrayOff, stingrayOn } = measurements;

/** A published measurement as a timeline: the phases that it gives. */
function published(label: string, strategy: Strategy, seconds: PhaseSeconds): Timeline {
  const given = phases.flatMap((phase): PhaseTime[] => {
    const time = seconds[phase];
    return time === undefined ? [] : [{ phase, seconds: time, basis: 'published' }];
  });
  return { label, strategy, phases: given };
}

/** The checksum of July 2019 was measured by itself: the reboot of the cover letter skipped it. */
function withChecksum(timeline: Timeline): Timeline {
  const { checksum } = stingray2019Checksum.seconds;
  const note = 'purgatory, when it is not skipped';
  const skipped: PhaseTime = { phase: 'checksum', seconds: checksum, basis: 'skipped', note };
  const at = timeline.phases.findIndex(({ phase }) => phase === 'startup');
  return { ...timeline, phases: timeline.phases.toSpliced(at, 0, skipped) };
}

/** Published timelines of the same workload's machine: Broadcom Stingray. */
export const publishedTimelines: readonly Timeline[] = [
  withChecksum(published('July 2019, 13M + 24M, MMU off', 'mmu-off', stingray2019.seconds)),
  published('MMU series, 25M, MMU off', 'mmu-off', stingrayOff.seconds),
  published('MMU series, 25M, MMU on', 'mmu-on', stingrayOn.seconds),
];
