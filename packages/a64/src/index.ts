export { type AliasId, type AliasRow, aliases } from './alias-table.ts';
export { aliasIds } from './aliases.ts';
export { Assembler, type AssemblerOptions, type LabelledOperands } from './assembler.ts';
export { decodeBitmask } from './bitmask.ts';
export {
  type AnyOperands,
  type Decoded,
  decode,
  decodeNumbers,
  encode,
  encodeRow,
  instructionIds,
  type OperandsOf,
  operandsOf,
  type PrintOptions,
  print,
  type Spelled,
  spell,
} from './codec.ts';
export { type DisassembleOptions, disassemble, type ListedWord } from './disassemble.ts';
export { A64Error, type A64ErrorCode, type A64ErrorDetails } from './error.ts';
export { type InstructionId, type InstructionRow, instructions } from './instructions.ts';
export { type Lo12, lo12 } from './labels.ts';
export {
  type Arrangement,
  type Barrier,
  type Condition,
  type CopyHint,
  type Extension,
  fieldOfName,
  type IndexExtension,
  type NamedKind,
  type NxsBarrier,
  nameOfField,
  type Order,
  type Prefetch,
  type SetHint,
  type Shift,
} from './names.ts';
export type { Operand, OperandKind, OperandValue } from './operand.ts';
export { type Line, parseLine } from './parse.ts';
export * from './registers.ts';
export type { BareSystemOperation, NamedSystemRegister, SystemOperation, SystemRegister } from './system.ts';
