export {
  type Attributes,
  decodeAttributes,
  encodeAttributes,
  sameAttributes,
} from './attributes.ts';
export { attributesText } from './attributes-text.ts';
export { buildTables, countTables } from './build.ts';
export { checkTables, type FindingCode, type RamRanges, type TableFinding } from './check.ts';
export {
  type DescriptorHalves,
  type DescriptorSource,
  outputPage,
  sourceOf,
  TableArena,
  type TableMemory,
} from './descriptor.ts';
export { diffTables, type TableDifference, type Translation } from './diff.ts';
export type { Edit } from './edit/edit.ts';
export type { EditOptions } from './edit/options.ts';
export { applyEdit, type EditPlan, planEdit, tablesForEdit } from './edit/plan.ts';
export { checkSteps, type EditRule, type EditViolation, type RefereeOptions } from './edit/referee.ts';
export type { DsbDomain, EditStep, TlbiOperation } from './edit/steps.ts';
export { PageTableError, type PageTableErrorCode, type PageTableErrorDetails } from './error.ts';
export { explainDescriptor } from './explain.ts';
export { type ExplainedRegister, explainRegister } from './explain-registers.ts';
export type { DescriptorField } from './fields.ts';
export { type Geometry, type Granule, geometryOf, pagesPerEntry, startLevel } from './granule.ts';
export { listMappings, type TableListing } from './list.ts';
export type { Mapping, PageRun } from './mapping.ts';
export { parseAttributes, parseMapping } from './mapping-text.ts';
export { type MemoryType, mairByte, mairValue, memoryTypeOf } from './memory-type.ts';
export { parseAddress } from './number-text.ts';
export { outputSizes, type PaBits } from './output-size.ts';
export type { AddressRange } from './page-span.ts';
export { type Access, faultStatus, parOf, permits } from './par.ts';
export { rootOfTtbr, spaceOfTcr, spaceOfVtcr, type TranslationRegisters, translationRegisters } from './registers.ts';
export type { Shareability } from './shareability.ts';
export {
  addressInSpace,
  type DescriptorFormat,
  paBitsFor,
  pageInSpace,
  type Regime,
  type Shape,
  type Space,
  sameSpace,
  shapeOf,
  vaBitsFor,
} from './space.ts';
export { TableWalker, type WalkFault, type WalkResult, type WalkStep, walk } from './walk.ts';
