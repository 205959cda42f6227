export { Assembler, type LabelledOperands } from './assembler.ts';
export {
  type Decoded,
  decode,
  encode,
  encodeRow,
  instructionIds,
  type OperandsOf,
  operandsOf,
  print,
} from './codec.ts';
export { A64Error } from './error.ts';
export { type InstructionId, instructions } from './instructions.ts';
export type { Operand, OperandValue } from './operand.ts';
export * from './registers.ts';
export type { BareSystemOperation, Barrier, Condition, SystemOperation, SystemRegister } from './system.ts';
