import { FRAME_SIZE, LINE_SIZE } from '@kexeckit/arm64-machine';
import { type EventCounts, estimate, type MachineProfile, pricesUsed, type RunCounts } from '@kexeckit/cost';
import { type CpuFeatures, digestInstructions, type StrategyName } from '@kexeckit/relocation';
import { phases, type TimedPhase } from '../phases.ts';
import type { PhaseTime, Timeline } from '../timeline.ts';

/** Bytes of a block of SHA-256. */
const SHA256_BLOCK = 64;
/** Instructions for one where the CPU has none for SHA-256; a test holds it to runs. */
const PLAIN_BLOCK = 2_307;

/** What a reboot counts, phase by phase. */
export interface PhaseCounts {
  readonly relocation: RunCounts;
  /** Of the digests that are compared before the jump; undefined where none are. */
  readonly digests: RunCounts | undefined;
  /** Of all segments: what a checksum by a purgatory, with the caches off, would be over. */
  readonly bytes: number;
}

/**
 * What digests count that are compared with the caches on: their instructions, and bringing in what no copy has left in the cache.
 *
 * @param bytes of all segments. @param standing bytes of those that are not copied. @param cpu by default one with SHA-256
 * instructions and cache lines of 64 bytes.
 */
export function digestCounts(
  bytes: number,
  standing: number,
  { sha256, dataLine }: Pick<CpuFeatures, 'sha256' | 'dataLine'> = { sha256: true, dataLine: LINE_SIZE },
): EventCounts {
  return {
    instructions: sha256 ? digestInstructions(bytes) : (bytes / SHA256_BLOCK) * PLAIN_BLOCK,
    uncachedAccesses: 0,
    lineFills: standing / dataLine,
    lineCleans: 0,
    tableWalks: standing / FRAME_SIZE,
  };
}

/**
 * Counts, priced with the profile of a machine; without one, no more than that nobody knows.
 *
 * @throws CostError `EINVAL` for counts or a profile that are none.
 */
export function pricedTimeline(
  strategy: StrategyName,
  { relocation, digests, bytes }: PhaseCounts,
  profile: MachineProfile | undefined,
): Timeline {
  return {
    label: strategy,
    strategy,
    phases: [
      timeOf(phases.shutdown.name, { shutdowns: 1 }, profile),
      timeOf(phases.relocation.name, relocation, profile),
      digests === undefined
        ? skippedChecksum({ checksums: 1, uncachedDigestBytes: bytes }, profile)
        : timeOf(phases.checksum.name, digests, profile),
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
  if (time.seconds === undefined) return { ...time, basis: 'skipped' };
  return { ...time, basis: 'skipped', remark: 'purgatory, caches off' };
}
