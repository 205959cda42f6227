import { fieldOfName, type InstructionId, type NamedKind, type OperandValue, sp, xzr } from '@kexeckit/a64';
import type { Core, Op } from '../core.ts';
import { SINK, SP } from '../registers.ts';

/** Decodes operands once, so that the op itself touches only typed arrays. */
export type Factory = (core: Core, operands: readonly OperandValue[]) => Op;

/** The instructions of one kind. A factory may decline: the word is then UNDEFINED on this machine. */
export type Factories = Partial<
  Record<InstructionId, (core: Core, operands: readonly OperandValue[]) => Op | undefined>
>;

/** A number among the operands; of a register, where XZR and SP are 31. */
export const num = (value: OperandValue | undefined): number =>
  typeof value === 'number' ? value : value === xzr || value === sp ? 31 : 0;

/** A 64-bit constant among the operands. */
export const big = (value: OperandValue | undefined): bigint => (typeof value === 'bigint' ? value : 0n);

/** The field that a name among the operands stands for. */
export const field = (kind: NamedKind, value: OperandValue | undefined): number =>
  fieldOfName(kind, String(value)) ?? 0;

/** The slot of a register that is read: 31 is XZR. */
export const source = (value: OperandValue | undefined): number => num(value);

/** The slot of a register that is written: XZR goes where nothing reads. */
export const target = (value: OperandValue | undefined): number => (num(value) === 31 ? SINK : num(value));

/** The slot of a register whose form says that 31 is SP. */
export const orSp = (value: OperandValue | undefined): number => (num(value) === 31 ? SP : num(value));

/** The halves of a 64-bit constant. */
export const lowHalf = (value: bigint): number => Number(BigInt.asIntN(32, value));
export const highHalf = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n));
