export { type PageAllocator, scatteredAllocator } from './allocator.ts';
export { type BuddyOptions, buddyAllocator } from './buddy-allocator.ts';
export { addBuffer, type BufferPlace, type BufferPlaces, type BufferRequest, findPlace } from './buffer.ts';
export { checkLoadable } from './check-plan.ts';
export { type CopyRun, CopyRuns } from './copy-runs.ts';
export { type CrashControlPages, crashControlPages } from './crash-control.ts';
export { DigestNotes, type NotedPage } from './digest-notes.ts';
export {
  type Copy,
  ENTRIES_PER_PAGE,
  type EntryPage,
  type EntryPageReader,
  EntryWalker,
  IND_DESTINATION,
  IND_DONE,
  IND_INDIRECTION,
  IND_SOURCE,
  RUN_PAGES,
  walkEntries,
} from './entry-list.ts';
export { RelocationError, type RelocationErrorCode, type RelocationErrorDetails } from './error.ts';
export {
  failLoad,
  type Half,
  halfOf,
  isDivisible,
  nextHalf,
  otherHalf,
  type RegionImage,
  type RegionState,
  rebootIntoImage,
  regionParameter,
  registerImage,
  reservedRegion,
  startLoad,
  unloadImage,
} from './generations.ts';
export { provideSha256, type Sha256 } from './host-sha256.ts';
export { Kimage, type KimageLimits, type KimageOptions } from './kimage.ts';
export { loadImage, type SegmentContents } from './load.ts';
export { MemoryImage } from './memory-image.ts';
export { addressOf, PAGE_SIZE, type PageSpan, pfnOf } from './page.ts';
export type { PlacementRequest } from './placement.ts';
export { planStage, type StageRequest } from './plan-stage.ts';
export { platformSha256 } from './platform-sha256.ts';
export { chosenOf, commandLineOf, staleInChosen } from './proof/chosen.ts';
export { impossibleIn } from './proof/impossible.ts';
export { type Checked, type Invariant, invariants, type Proof, type Violation } from './proof/invariants.ts';
export { type ProveOptions, prove } from './proof/prove.ts';
export { lastingEntries, lastingReservations } from './proof/reservations.ts';
export { isRoundConstant } from './proof/sha256-constants.ts';
export type { CpuFeatures, World } from './proof/world.ts';
export { type EmittedPurgatory, emitPurgatory, type PurgatoryRequest } from './purgatory-segment.ts';
export { isStubTree, regionNodeName, regionNodeOf, setRegionNode, whyNoRegionNode } from './region-node.ts';
export { notedRegion } from './region-note.ts';
export {
  type NextRegion,
  type RegionParameter,
  type RegionParameterInfo,
  regionParameters,
} from './region-parameters.ts';
export { restage } from './restage.ts';
export { routineOf } from './routine/again.ts';
export { type Breadcrumbs, breadcrumbs } from './routine/breadcrumbs.ts';
export { type Dispatch, emitDispatch } from './routine/dispatch.ts';
export { emitFlush } from './routine/flush.ts';
export type { ExceptionLevel, ExecutionState } from './routine/level.ts';
export { registers as routineRegisters } from './routine/registers.ts';
export {
  emitRoutine,
  type Routine,
  type RoutineParameters,
  type RoutinePart,
  type VerifyingRoutine,
} from './routine/routine.ts';
export { digestInstructions } from './routine/sha256.ts';
export { emitVectors, type SoftRestartVectors } from './routine/vectors.ts';
export { rowAllocator } from './row-allocator.ts';
export { checkSegments, isDestination, SEGMENTS_MAX, type Segment, type SegmentBounds, segmentEnd } from './segment.ts';
export type { LoadedSegment } from './source-table.ts';
export {
  type ControlPage,
  type ControlPageOwner,
  copiesOf,
  type PlacementPlan,
  type PlannedSegment,
  type PurgatoryPlan,
  type RelocationPlan,
  type StagePlan,
} from './stage.ts';
export { type Strategy, type StrategyName, strategies, strategyNamed } from './strategies.ts';
export type { PlannedTranslation } from './temporary-tables.ts';
export { type Digests, foreseeDigests, platformDigest, segmentDigest } from './verification.ts';
