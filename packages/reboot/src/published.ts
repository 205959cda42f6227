import { measurements, type PublishedMeasurement } from '@kexeckit/cost';
import { type StrategyName, strategies } from '@kexeckit/relocation';
import { phases, timedPhases } from './phases.ts';
import type { PhaseTime, Timeline } from './timeline.ts';

const { stingray2019, stingray2019Checksum, stingrayOff, stingrayOn } = measurements;

/** A published measurement as a timeline: the phases that it gives. */
function published(label: string, { seconds, mmu }: PublishedMeasurement): Timeline {
  const times = new Map(Object.entries(seconds));
  const given = timedPhases.flatMap((phase): PhaseTime[] => {
    const time = times.get(phase);
    return time === undefined ? [] : [{ phase, seconds: time, basis: 'published' }];
  });
  return { label, strategy: copying(mmu), phases: given };
}

/** The strategy that copies everything, with the MMU on or off. */
function copying(wanted: 'on' | 'off' | undefined): StrategyName | undefined {
  return strategies.find(({ region, delivers, mmu }) => region === undefined && !delivers && mmu === wanted)?.name;
}

/** The checksum of July 2019 was measured by itself: the reboot of the cover letter skipped it. */
function withChecksum(timeline: Timeline): Timeline {
  const skipped: PhaseTime = {
    phase: phases.checksum.name,
    seconds: stingray2019Checksum.seconds.checksum,
    basis: 'skipped',
    remark: 'purgatory, caches off',
  };
  const at = timeline.phases.findIndex(({ phase }) => phase === phases.startup.name);
  return { ...timeline, phases: timeline.phases.toSpliced(at, 0, skipped) };
}

/** Published timelines of the machine that the simulated one is like: a Broadcom Stingray. */
export const publishedTimelines: readonly Timeline[] = [
  withChecksum(published('July 2019, 13M + 24M, MMU off', stingray2019)),
  published('MMU series, 25M, MMU off', stingrayOff),
  published('MMU series, 25M, MMU on', stingrayOn),
];
