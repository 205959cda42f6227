export { IoportError, type IoportErrorCode, type IoportErrorDetails } from './error.ts';
export { descName, flagNames, hasFlags, IORES_DESC, IORESOURCE, resourceType } from './flags.ts';
export { alignDown, alignUp, type HoleRequest, locateMemHole } from './hole.ts';
export { type ListingOptions, parseIomem, parseIoports, printIomem, resourceLines } from './iomem.ts';
export { findByName, freeRam, systemRam, systemRamResources } from './ram.ts';
export {
  mergeRanges,
  type Range,
  rangeContains,
  rangeSize,
  rangesOverlap,
  sortRanges,
  subtractRanges,
} from './range.ts';
export { insertResource, insertResourceConflict, requestResourceConflict } from './request.ts';
export {
  childrenOf,
  createResource,
  depthOf,
  descendantsOf,
  nextInTree,
  type Resource,
  type ResourceLink,
  type ResourceSpec,
} from './resource.ts';
export { createTree, type ResourceTree, type TreeKind, type TreeLayout } from './tree.ts';
