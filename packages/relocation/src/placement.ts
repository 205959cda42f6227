import type { Range } from '@kexeckit/ioport';
import { checkPlanned, checkRam } from './check-plan.ts';
import { checkInRam, checkSegments, type Segment, segmentEnd, totalPages } from './segment.ts';
import type { PlacementPlan, PlannedSegment } from './stage.ts';

/** What a placement is made from. Physical addresses. */
export interface PlacementRequest {
  /** Ranges of System RAM. */
  readonly ram: readonly Range[];
  /** Where a strategy with a region loads. */
  readonly region?: Range | undefined;
  /** Whether the running kernel moves the segments; no by default. */
  readonly delivers?: boolean | undefined;
  readonly segments: readonly Segment[];
  /** First instruction of the next stage. */
  readonly entry: bigint;
  /** Its device tree. */
  readonly dtb: bigint;
}

/** Checks the segments, and decides for each of them whether it has to be copied. @throws as `planStage` does. */
export function placementOf({ ram, region, delivers, segments, entry, dtb }: PlacementRequest): PlacementPlan {
  checkRam(ram);
  checkSegments(segments, { totalRamPages: totalPages(ram) });
  checkPlanned(segments);
  checkInRam(segments, ram);
  return { segments: segments.map((segment) => placed(segment, region, delivers === true)), entry, dtb, region, ram };
}

const placed = (segment: Segment, region: Range | undefined, delivers: boolean): PlannedSegment => ({
  ...segment,
  placement: delivers ? 'delivered' : isInPlace(segment, region) ? 'in-place' : 'copied',
});

/** Whether a segment needs no copy: it lies wholly in the region that the strategy loads into. */
function isInPlace(segment: Segment, region: Range | undefined): boolean {
  return region !== undefined && segment.mem >= region.start && segmentEnd(segment) <= region.end;
}
