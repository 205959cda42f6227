export { resourceAlignment, resourceContains, resourceIntersection, resourceUnion } from './compare.ts';
export { copyTree } from './copy.ts';
export { IoportError, type IoportErrorCode, type IoportErrorDetails } from './error.ts';
export { type ExcerptSign, excerptSign } from './excerpt.ts';
export { descName, flagNames, hasFlags, IORES_DESC, IORESOURCE, resourceType } from './flags.ts';
export { foreignSign } from './foreign.ts';
export { type FormattableResource, formatResource } from './format.ts';
export { allocFreeMemRegion, requestFreeMemRegion } from './free-region.ts';
export { alignDown, alignUp, type HoleRequest, locateMemHole } from './hole.ts';
export {
  type ListingOptions,
  parseIomem,
  parseIoports,
  printIomem,
  type ReadingOptions,
  resourceLines,
} from './iomem.ts';
export { type JoinedSpan, joinSpans } from './join-spans.ts';
export type { LogLine } from './log.ts';
export { findByName, freeRam, loneCrashRegions, systemRam, systemRamResources } from './ram.ts';
export {
  intersectRanges,
  mergeRanges,
  type Range,
  rangeContains,
  rangeSize,
  rangesOverlap,
  sortRanges,
  subtractRanges,
} from './range.ts';
export {
  mergeSystemRamResource,
  type RegionResult,
  releaseMemRegionAdjustable,
  releaseRegion,
  requestRegion,
  reserveRegionWithSplit,
} from './region.ts';
export {
  adjustResource,
  insertResource,
  insertResourceConflict,
  insertResourceExpandToFit,
  lookupResource,
  releaseChildResources,
  releaseResource,
  removeResource,
  requestResourceConflict,
} from './request.ts';
export {
  type BootFact,
  type BootLog,
  bootFacts,
  type CmaArea,
  type CountedRam,
  countedRam,
  readBootLog,
} from './reservation/boot-log.ts';
export { reserveCrashKernel } from './reservation/crash.ts';
export { lowLimitOfDma, type ReservationKernel } from './reservation/kernel.ts';
export { type KexecReservationOptions, reserveKexecKernel } from './reservation/kexec.ts';
export { systemRamSize } from './reservation/memory.ts';
export {
  type Assumption,
  type PredictedRegion,
  type Prediction,
  type PredictionOptions,
  predictReservation,
} from './reservation/predict.ts';
export { predictKexecReservation, withoutRegions } from './reservation/predict-kexec.ts';
export {
  type PlacedRegion,
  placeReservation,
  type Refusal,
  type Reservation,
  type ReservationOptions,
  type ReservationRequest,
} from './reservation/reservation.ts';
export {
  childrenOf,
  createResource,
  depthOf,
  descendantsOf,
  type Family,
  nextInTree,
  type Resource,
  type ResourceSpec,
  type SiblingIndex,
} from './resource.ts';
export { isDevice, type Role, type RoleSpan, roleLines, rolesOf } from './roles.ts';
export {
  type AlignFunction,
  type AllocateResult,
  allocateResource,
  findResourceSpace,
  type SpaceRequest,
} from './space.ts';
export { type Strip, type StripOptions, type Strips, stripsOf } from './strip.ts';
export { type RoleTotal, type Survey, surveyOf } from './survey.ts';
export { createTree, type MapNote, type ResourceTree, type TreeKind, type TreeLayout } from './tree.ts';
export {
  findNextResource,
  type Intersection,
  iomemMapSanityCheck,
  type PfnCallback,
  type ResourceMatch,
  regionIntersects,
  resourceIsExclusive,
  type WalkCallback,
  type WalkedRange,
  walkIomemResDesc,
  walkMemRes,
  walkSystemRamRange,
  walkSystemRamRes,
  walkSystemRamResRev,
} from './walk.ts';
