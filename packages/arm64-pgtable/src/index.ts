export {
  type Attributes,
  decodeAttributes,
  encodeAttributes,
  type MemoryType,
  mairValue,
  type Regime,
} from './attributes.ts';
export { buildTables, countTables, type TableMemory } from './build.ts';
export { PageTableError } from './error.ts';
export { type Geometry, type Granule, geometryOf, pagesPerEntry, startLevel, vaBitsFor } from './granule.ts';
export { listMappings, type TableListing } from './list.ts';
export type { Mapping, PageRun } from './mapping.ts';
export { type Space, spaceOfTcr, type TranslationRegisters, translationRegisters } from './space.ts';
export { type DescriptorHalves, type DescriptorSource, type WalkResult, type WalkStep, walk } from './walk.ts';
