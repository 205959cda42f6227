import type { AliasId, SpecsOf } from './alias-table.ts';
import { aliasIds, aliasOf, meaningOf, operandsBy, preferredSpelling, refuseUnspelled, shownBy } from './aliases.ts';
import { A64Error } from './error.ts';
import type { InstructionId } from './instructions.ts';
import {
  numberOfValue,
  type Operand,
  type OperandValue,
  printNumber,
  readOperand,
  type ValueOf,
  valueOfNumber,
  writeOperand,
} from './operand.ts';
import { areDifferent, findById, findInstruction, type Instruction, instructionOf, isWord, table } from './row.ts';
import { writeSyntax } from './syntax.ts';

/** The values of operands, where a PC-relative one is `Relative`; those with a default come last and may be left out. */
export type Values<Specs extends readonly string[], Relative = number, Immediate = number> = Specs extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? First extends `${string}=${string}`
    ? [operand?: ValueOf<First, Relative, Immediate>, ...rest: Values<Rest, Relative, Immediate>]
    : [operand: ValueOf<First, Relative, Immediate>, ...rest: Values<Rest, Relative, Immediate>]
  : [];

/** The operand values that an instruction or alias takes, in the order of the table. */
export type OperandsOf<Id extends InstructionId | AliasId> = Values<SpecsOf<Id>>;

/** A decoded word: which instruction of the table it is, with all its operand values in the table's order. */
export interface Decoded {
  readonly id: InstructionId;
  readonly operands: readonly OperandValue[];
}

/** A word as it is spelled: as an alias, or as a row of the table. */
export interface Spelled {
  readonly id: InstructionId | AliasId;
  readonly operands: readonly OperandValue[];
}

/** Operands whose number and sorts are only known at run time. */
export type AnyOperands = readonly (OperandValue | undefined)[];

/**
 * Encodes one instruction to its 32-bit word.
 *
 * @throws A64Error `ERANGE` where an operand does not fit its field, `EINVAL` for an unknown name, for `sp` where register
 * 31 is `xzr` and the other way round, and for 31, which does not say which of the two is meant.
 * @example encode('movz', x0, 0x1234, 16) // 0xd2a24680: movz x0, #0x1234, lsl #16
 */
export function encode<Id extends InstructionId | AliasId>(id: Id, ...operands: OperandsOf<Id>): number {
  return encodeRow(id, operands);
}

/** `encode` for operands whose number and sorts are only known at run time. */
export function encodeRow(id: InstructionId | AliasId, operands: AnyOperands): number {
  try {
    return encodeAny(id, operands);
  } catch (error) {
    if (!(error instanceof A64Error)) throw error;
    throw new A64Error(error.code, `${id}: ${error.message}`, error.hint, { value: error.value, cause: error });
  }
}

/** `encodeRow`, with errors that do not name the instruction. */
export function encodeAny(id: string, operands: AnyOperands): number {
  const row = findById(id);
  if (row !== undefined) return encodeInstruction(row, operands);
  const alias = aliasOf(id);
  if (alias === undefined) throw unknown(id);
  const meaning = meaningOf(alias, operands);
  const instruction = instructionOf(meaning.id);
  const word = encodeInstruction(instruction, meaning.operands);
  if (alias.strict === true) {
    findInstruction(word, scratch);
    refuseUnspelled(alias, scratch, operands);
  }
  return word;
}

function unknown(id: string): A64Error {
  const forms = [...instructionIds(), ...aliasIds()].filter((other) => other.startsWith(`${id}.`));
  const hint = forms.length === 0 ? 'take a name from instructionIds or aliasIds' : `take one of ${forms.join(', ')}`;
  return new A64Error('EINVAL', 'there is no such instruction or alias', hint, { value: id });
}

function encodeInstruction(instruction: Instruction, operands: AnyOperands): number {
  const wanted = instruction.operands;
  if (operands.length > wanted.length) throw wrongCount(instruction, operands.length);
  let word = instruction.value;
  for (let index = 0; index < wanted.length; index++) {
    const operand = wanted[index];
    if (operand === undefined) break;
    const value = operands[index];
    const number = value === undefined ? operand.fallback : numberOfValue(operand, value);
    if (number === undefined) throw wrongCount(instruction, operands.length);
    word |= writeOperand(operand, number);
    if (operand.kind === 'redundant' && readOperand(operand, word) !== number) throw notRedundant(number);
  }
  if (instruction.differ.length > 0 && !areDifferent(instruction.differ, word)) {
    throw new A64Error('EINVAL', 'names a register twice', 'give registers that differ');
  }
  return word >>> 0;
}

function wrongCount({ operands }: Instruction, got: number): A64Error {
  const least = operands.filter((operand) => operand.fallback === undefined).length;
  const takes = least === operands.length ? `${least}` : `${least} to ${operands.length}`;
  return new A64Error(
    'EINVAL',
    `got ${got} operands`,
    `give ${takes}: ${operands.map(({ kind }) => kind).join(', ')}`,
    { value: got },
  );
}

function notRedundant(number: number): A64Error {
  const hint = "give a multiple of the immediate's element size, less than 64, or nothing";
  return new A64Error('ERANGE', `a rotation by ${number} more would be another immediate`, hint, { value: number });
}

/** No instruction has more operands. */
const MOST_OPERANDS = 6;

/** Where `decode` and `print` keep the numbers of the word at hand: one array, so that finding stays quick. */
const scratch = new Float64Array(MOST_OPERANDS);

/** Decodes a word, or returns `undefined` for one that is not modelled. Never guesses. */
export function decode(word: number): Decoded | undefined {
  const instruction = findInstruction(word, scratch);
  if (instruction === undefined) return undefined;
  return { id: instruction.id, operands: valuesOf(instruction) };
}

/** The values of the operands whose numbers are in `scratch`; what is redundant is only there where it makes a difference. */
function valuesOf({ operands }: Instruction): OperandValue[] {
  const values: OperandValue[] = [];
  for (let index = 0; index < operands.length; index++) {
    const [operand, number] = [operands[index], scratch[index] ?? 0];
    if (operand === undefined || (operand.kind === 'redundant' && number === 0)) continue;
    values.push(valueOfNumber(operand, number));
  }
  return values;
}

/**
 * A word as `print` writes it: by the alias that the Arm ARM prefers, else by its row. What it gives can be encoded; that
 * is the word again, but for redundant bits of a logical immediate, which an alias does not show.
 */
export function spell(word: number): Spelled | undefined {
  const instruction = findInstruction(word, scratch);
  if (instruction === undefined) return undefined;
  const alias = preferredSpelling(instruction, scratch);
  if (alias === undefined) return { id: instruction.id, operands: valuesOf(instruction) };
  return { id: alias.id, operands: operandsBy(alias, scratch) };
}

/**
 * Decodes a word without a string or an allocation, for emulators.
 *
 * @param numbers takes the operands in the table's order: a register, an immediate, an offset in bytes; of a name or a
 * logical immediate the field, for which `fieldOfName` and `decodeBitmask` have the other side. A register is its number, 31
 * where it is XZR or SP. At least 6 long.
 * @returns the instruction's place in `instructionIds()`, or -1 for a word that is not modelled.
 */
export function decodeNumbers(word: number, numbers: Float64Array): number {
  return findInstruction(word, numbers)?.index ?? -1;
}

/** How `print` writes. */
export interface PrintOptions {
  /** The address of the instruction: PC-relative operands are then written as addresses, else as `.+8`. */
  readonly address?: bigint;
  /** What an address is called that an operand leads to: its name is written in the place of it. */
  readonly label?: (address: bigint) => string | undefined;
  /** Whether to write the alias that the Arm ARM prefers (`cmp x0, #0x1`), not the row (`subs xzr, x0, #0x1`). */
  readonly aliases?: boolean;
}

/** The word as GNU `objdump` writes it; a word that is not modelled prints as `.inst 0x…`. */
export function print(word: number, { address, aliases = true, label }: PrintOptions = {}): string {
  const instruction = findInstruction(word, scratch);
  if (instruction === undefined)
    return isWord(word) ? `.inst 0x${(word >>> 0).toString(16).padStart(8, '0')}` : `.inst ${word}`;
  const alias = aliases ? preferredSpelling(instruction, scratch) : undefined;
  const operands = alias?.shown ?? instruction.operands;
  const values = alias === undefined ? scratch : shownBy(alias, scratch);
  return writeSyntax(
    alias?.parts ?? instruction.syntax,
    (index, plus) => {
      const operand = operands[index];
      const value = values[index] ?? 0;
      if (operand === undefined || typeof value === 'bigint') return `0x${value.toString(16)}`;
      return printNumber(operand, plus === 0 ? value : (value + plus) % 32, word, address, label);
    },
    (index) => values[index] === (operands[index]?.fallback ?? 0),
  );
}

/** Every instruction, in the order of the table. */
export function instructionIds(): InstructionId[] {
  return table().map(({ id }) => id);
}

/** The operands of an instruction, for tools that generate or explain encodings. */
export function operandsOf(id: InstructionId): readonly Operand[] {
  return instructionOf(id).operands;
}
