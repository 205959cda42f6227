export { FdtBlob } from './blob/fdt-blob.ts';
export { diffFdt, type FdtChange } from './diff.ts';
export { type DiffTextOptions, printDiff } from './diff-text.ts';
export { dmaReach } from './dma.ts';
export { type LinuxDoubt, linuxDoubts } from './doubts.ts';
export type { DtsInclude, DtsSource } from './dts/include.ts';
export { printDts, printProperty, printSubtree, writeDts } from './dts/print.ts';
export { type DtsOptions, parseDts } from './dts/read.ts';
export { type DtsValueOptions, parseDtsValue } from './dts/value.ts';
export type { DtsIncbin } from './dts/value-parser.ts';
export { type DynamicReservation, dynamicReservations } from './dynamic.ts';
export { FdtError, type FdtErrorCode, type FdtErrorDetails } from './error.ts';
export { type ValueForm, valueForm } from './form.ts';
export {
  isAvailable,
  MEMRESERVE_NAME,
  type MemoryRange,
  memoryRanges,
  type ReservedRange,
  reservedMemory,
} from './memory.ts';
export { applyOverlay } from './overlay/apply.ts';
export { type ParseOptions, parseFdt } from './parse.ts';
export { ensureNode, findNode, removeNode } from './path.ts';
export { ensurePhandle, findByPhandle, pathOfPhandle, phandleOf } from './phandle.ts';
export { getProperty, removeProperty, setProperty } from './property.ts';
export { type CellCounts, cellCounts, readReg } from './reg.ts';
export { fdtSize, type SerializeOptions, serializeFdt } from './serialize.ts';
export { type StdoutPath, stdoutPath } from './stdout.ts';
export { type TranslatedRange, translateAddress, translateReg } from './translate.ts';
export type { Fdt, FdtNode, FdtProperty, FdtReservation } from './tree.ts';
export { parseValueType, type ValueType, valueOfTexts, valueText } from './value-type.ts';
export {
  cellsValue,
  readCells,
  readString,
  readStrings,
  readU32,
  readU64,
  stringList,
  stringValue,
  u32Value,
  u64Value,
} from './values.ts';
