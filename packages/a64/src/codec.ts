import { preferredSpelling } from './aliases.ts';
import { A64Error } from './error.ts';
import type { InstructionId, OperandSpecs } from './instructions.ts';
import {
  numberOfValue,
  type Operand,
  type OperandValue,
  printNumber,
  type ValueOf,
  valueOfNumber,
  writeOperand,
} from './operand.ts';
import { areDifferent, findInstruction, type Instruction, instructionOf, table } from './row.ts';
import { writeSyntax } from './syntax.ts';

/** The values of operands, where a PC-relative one is `Relative`; those with a default come last and may be left out. */
export type Values<Specs extends readonly string[], Relative = number> = Specs extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? First extends `${string}=${string}`
    ? [operand?: ValueOf<First, Relative>, ...rest: Values<Rest, Relative>]
    : [operand: ValueOf<First, Relative>, ...rest: Values<Rest, Relative>]
  : [];

/** The operand values that an instruction takes, in the order of the table. */
export type OperandsOf<Id extends InstructionId> = Values<OperandSpecs<Id>>;

/** A decoded word: which instruction of the table it is, with all its operand values in the table's order. */
export interface Decoded {
  readonly id: InstructionId;
  readonly operands: readonly OperandValue[];
}

/**
 * Encodes one instruction to its 32-bit word.
 *
 * @throws A64Error `ERANGE` where an operand does not fit its field, `EINVAL` for an unknown name.
 * @example encode('movz', 0, 0x1234, 16) // 0xd2a24680: movz x0, #0x1234, lsl #16
 */
export function encode<Id extends InstructionId>(id: Id, ...operands: OperandsOf<Id>): number {
  return encodeRow(id, operands);
}

/** `encode` for operands whose number and sorts are only known at run time. */
export function encodeRow(id: InstructionId, operands: readonly (OperandValue | undefined)[]): number {
  const instruction = instructionOf(id);
  const wanted = instruction.operands;
  if (operands.length > wanted.length) throw wrongCount(instruction, operands.length);
  let word = instruction.value;
  wanted.forEach((operand, index) => {
    const value = operands[index];
    const number = value === undefined ? operand.fallback : numberOfValue(operand, value);
    if (number === undefined) throw wrongCount(instruction, operands.length);
    word |= writeOperand(operand, number);
  });
  if (!areDifferent(instruction.differ, word)) {
    throw new A64Error('EINVAL', `${id} names a register twice`, 'give registers that differ');
  }
  return word >>> 0;
}

function wrongCount({ id, operands }: Instruction, got: number): A64Error {
  const least = operands.filter((operand) => operand.fallback === undefined).length;
  const takes = least === operands.length ? `${least}` : `${least} to ${operands.length}`;
  return new A64Error(
    'EINVAL',
    `${id} got ${got} operands`,
    `give ${takes}: ${operands.map(({ kind }) => kind).join(', ')}`,
    { value: got },
  );
}

/** No instruction has more operands. */
const MOST_OPERANDS = Math.max(...table.map(({ operands }) => operands.length));

/** Where `decode` and `print` keep the numbers of the word at hand: one array, so that finding stays quick. */
const scratch = new Float64Array(MOST_OPERANDS);

/** Decodes a word, or returns `undefined` for one that is not modelled. Never guesses. */
export function decode(word: number): Decoded | undefined {
  const instruction = findInstruction(word, scratch);
  if (instruction === undefined) return undefined;
  const operands = instruction.operands.map((operand, index) => valueOfNumber(operand, scratch[index] ?? 0));
  return { id: instruction.id, operands };
}

/**
 * Decodes a word without a string or an allocation, for emulators.
 *
 * @param numbers takes the operands in the table's order: a register, an immediate, an offset in bytes; of a name or a
 * logical immediate the field, for which `fieldOfName` and `decodeBitmask` have the other side. At least 6 long.
 * @returns the instruction's place in `instructionIds()`, or -1 for a word that is not modelled.
 */
export function decodeNumbers(word: number, numbers: Float64Array): number {
  return findInstruction(word, numbers)?.index ?? -1;
}

/** How `print` writes. */
export interface PrintOptions {
  /** The address of the instruction: PC-relative operands are then written as addresses, else as `.+8`. */
  readonly address?: bigint;
  /** Whether to write the alias that the Arm ARM prefers (`cmp x0, #0x1`), not the row (`subs xzr, x0, #0x1`). */
  readonly aliases?: boolean;
}

/** The word as GNU `objdump` writes it; a word that is not modelled prints as `.inst 0x…`. */
export function print(word: number, { address, aliases = true }: PrintOptions = {}): string {
  const instruction = findInstruction(word, scratch);
  if (instruction === undefined) return `.inst 0x${(word >>> 0).toString(16).padStart(8, '0')}`;
  const { operands } = instruction;
  const spelling = aliases ? preferredSpelling(instruction, scratch) : undefined;
  const values = spelling?.operands ?? scratch;
  return writeSyntax(
    spelling?.syntax ?? instruction.syntax,
    (index, plus) => {
      const operand = operands[index];
      const value = values[index] ?? 0;
      if (operand === undefined || typeof value === 'string') return String(value);
      return printNumber(operand, plus === 0 ? value : (value + plus) % 32, word, address);
    },
    (index) => values[index] === (operands[index]?.fallback ?? 0),
  );
}

/** Every instruction, in the order of the table. */
export function instructionIds(): InstructionId[] {
  return table.map(({ id }) => id);
}

/** The operands of an instruction, for tools that generate or explain encodings. */
export function operandsOf(id: InstructionId): readonly Operand[] {
  return instructionOf(id).operands;
}
