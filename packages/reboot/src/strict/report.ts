import { type Counters, FRAME_SIZE, LINE_SIZE, type Machine, zeroCounters } from '@kexeckit/arm64-machine';
import { linuxCounts, price, stingray } from '@kexeckit/cost';
import { digestInstructions, type PlannedSegment, type StagePlan, strategyNamed } from '@kexeckit/relocation';
import type { Figure } from '../machine/report.ts';
import { phases } from '../phases.ts';
import type { PhaseTime, Timeline } from '../timeline.ts';

const bytesOf = (segments: readonly PlannedSegment[]): number =>
  segments.reduce((sum, { memsz }) => sum + Number(memsz), 0);

/** What of a run was for the digests: their instructions, and bringing in what stood there already. */
function digestCounters(segments: readonly PlannedSegment[]): Counters {
  const standing = bytesOf(segments.filter(({ placement }) => placement !== 'copied'));
  return {
    ...zeroCounters(),
    instructions: digestInstructions(bytesOf(segments)),
    lineFills: standing / LINE_SIZE,
    tableWalks: standing / FRAME_SIZE,
  };
}

const MEGABYTE = 1 << 20;

/** What the running kernel took to deliver segments, before the run began: as Linux's routine does it. */
function deliverySeconds({ strategy, placement }: Pick<StagePlan, 'strategy' | 'placement'>): number {
  const delivered = bytesOf(placement.segments.filter((segment) => segment.placement === 'delivered'));
  return delivered === 0 ? 0 : price(linuxCounts(delivered / MEGABYTE, strategyNamed(strategy).mmu), stingray);
}

/** What the run did, priced with a profile of a Broadcom Stingray; shutdown and startup are the published ones. */
export function timelineOf({ strategy, placement, halt }: StagePlan, counters: Counters): Timeline {
  const { segments } = placement;
  const verified = halt !== undefined;
  const checksum = verified ? price(digestCounters(segments), stingray) : 0;
  const relocation = deliverySeconds({ strategy, placement }) + price(counters, stingray) - checksum;
  const checksumTime: PhaseTime = verified
    ? { phase: phases.checksum.name, basis: 'modelled', seconds: checksum }
    : {
        phase: phases.checksum.name,
        basis: 'skipped',
        seconds: bytesOf(segments) * stingray.perDigestByteUncached,
        remark: 'purgatory, caches off',
      };
  return {
    label: strategy,
    strategy,
    phases: [
      { phase: phases.shutdown.name, basis: 'published', seconds: stingray.shutdown },
      { phase: phases.relocation.name, basis: 'modelled', seconds: relocation },
      checksumTime,
      { phase: phases.startup.name, basis: 'published', seconds: stingray.startup },
    ],
  };
}

/** What the machine counted. */
export function figuresOf({ cpu, memory }: Machine, { halt, placement }: StagePlan): Figure[] {
  const { instructions, uncachedAccesses, lineFills, lineCleans, tableWalks } = cpu.counters;
  const verified: Figure[] =
    halt === undefined ? [] : [{ name: 'segments verified', value: placement.segments.length, unit: 'segments' }];
  return [
    ...verified,
    { name: 'instructions retired', value: instructions, unit: 'instructions' },
    { name: 'uncached accesses', value: uncachedAccesses, unit: 'accesses' },
    { name: 'cache lines filled', value: lineFills, unit: 'lines' },
    { name: 'cache lines cleaned', value: lineCleans, unit: 'lines' },
    { name: 'table walks', value: tableWalks, unit: 'walks' },
    { name: 'frames touched', value: memory.touchedFrames, unit: 'frames' },
  ];
}
