import { type Counters, FRAME_SIZE, LINE_SIZE, type Machine, zeroCounters } from '@kexeckit/arm64-machine';
import { estimate, linuxCounts, type MachineProfile, pricesUsed, type RunCounts } from '@kexeckit/cost';
import { digestInstructions, type PlannedSegment, type StagePlan, strategyNamed } from '@kexeckit/relocation';
import type { Figure } from '../machine/report.ts';
import { phases, type TimedPhase } from '../phases.ts';
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

/** What the running kernel did to deliver segments, before the run began: as Linux's routine does it. */
function deliveryCounts({ strategy, placement }: StagePlan): RunCounts {
  const delivered = bytesOf(placement.segments.filter((segment) => segment.placement === 'delivered'));
  return linuxCounts(delivered / MEGABYTE, strategyNamed(strategy).mmu);
}

/** What the relocation did: all that was counted, and what the kernel did before, but for the digests. */
function relocationCounts(stage: StagePlan, counters: Counters, digests: Counters): RunCounts {
  const before = deliveryCounts(stage);
  const rest = (name: keyof Counters): number => Math.max(0, (before[name] ?? 0) + counters[name] - digests[name]);
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
export function timelineOf(stage: StagePlan, counters: Counters, profile: MachineProfile | undefined): Timeline {
  const { strategy, placement, halt } = stage;
  const verified = halt !== undefined;
  const digests = verified ? digestCounters(placement.segments) : zeroCounters();
  const purgatory = { checksums: 1, uncachedDigestBytes: bytesOf(placement.segments) };
  return {
    label: strategy,
    strategy,
    phases: [
      timeOf(phases.shutdown.name, { shutdowns: 1 }, profile),
      timeOf(phases.relocation.name, relocationCounts(stage, counters, digests), profile),
      verified ? timeOf(phases.checksum.name, digests, profile) : skippedChecksum(purgatory, profile),
      timeOf(phases.startup.name, { startups: 1 }, profile),
    ],
    ...(profile && { profile }),
  };
}

function timeOf(phase: TimedPhase, counts: RunCounts, profile: MachineProfile | undefined): PhaseTime {
  if (profile === undefined) return { phase, basis: 'unknown', remark: 'unknown machine' };
  const time = estimate(counts, profile);
  if (time.seconds === undefined) return { phase, basis: 'unknown', remark: 'not in the profile' };
  return { phase, basis: isPublished(counts, profile) ? 'published' : 'modelled', ...time };
}

/** Whether no more than published figures are in it: nothing is modelled then. */
const isPublished = (counts: RunCounts, { prices }: MachineProfile): boolean =>
  pricesUsed(counts).every((name) => prices[name]?.basis === 'published');

/** What purgatory's checksum would have added. */
function skippedChecksum(counts: RunCounts, profile: MachineProfile | undefined): PhaseTime {
  const phase = phases.checksum.name;
  const time = timeOf(phase, counts, profile);
  if (time.basis === 'unknown') return { phase, basis: 'skipped', seconds: 0, remark: time.remark };
  return { ...time, basis: 'skipped', remark: 'purgatory, caches off' };
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
