import type { Counters, Machine } from '@kexeckit/arm64-machine';
import { type EventCounts, linuxCounts, type MachineProfile, type RunCounts } from '@kexeckit/cost';
import { type CpuFeatures, type PlannedSegment, type StagePlan, strategyNamed } from '@kexeckit/relocation';
import type { Figure } from '../machine/report.ts';
import type { Timeline } from '../timeline.ts';
import { digestCounts, pricedTimeline } from './priced.ts';

const bytesOf = (segments: readonly PlannedSegment[]): number =>
  segments.reduce((sum, { memsz }) => sum + Number(memsz), 0);

const MEGABYTE = 1 << 20;

/** What the running kernel did to deliver segments, before the run began: as Linux's routine does it. */
function deliveryCounts({ strategy, placement }: StagePlan): RunCounts {
  const delivered = bytesOf(placement.segments.filter((segment) => segment.placement === 'delivered'));
  return linuxCounts(delivered / MEGABYTE, strategyNamed(strategy).mmu);
}

/** What the relocation did: all that was counted, and what the kernel did before, but for the digests. */
function relocationCounts(stage: StagePlan, counters: Counters, digests: EventCounts | undefined): RunCounts {
  const before = deliveryCounts(stage);
  const rest = (name: keyof EventCounts): number =>
    Math.max(0, (before[name] ?? 0) + counters[name] - (digests?.[name] ?? 0));
  return {
    relocations: 1,
    instructions: rest('instructions'),
    uncachedAccesses: rest('uncachedAccesses'),
    lineFills: rest('lineFills'),
    lineCleans: rest('lineCleans'),
    tableWalks: rest('tableWalks'),
  };
}

/** What the run did, priced with the profile of a machine; without one, no more than that nobody knows. */
export function timelineOf(
  stage: StagePlan,
  counters: Counters,
  features: CpuFeatures,
  profile: MachineProfile | undefined,
): Timeline {
  const { strategy, placement, halt } = stage;
  const bytes = bytesOf(placement.segments);
  const standing = bytesOf(placement.segments.filter((segment) => segment.placement !== 'copied'));
  const digests = halt === undefined ? undefined : digestCounts(bytes, standing, features);
  const relocation = relocationCounts(stage, counters, digests);
  return pricedTimeline(strategy, { relocation, digests, bytes }, profile);
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
