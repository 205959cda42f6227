import { A64Error } from './error.ts';
import { type InstructionId, instructions } from './instructions.ts';
import {
  compileOperand,
  decodeOperand,
  encodeOperand,
  type Operand,
  type OperandValue,
  printOperand,
  type ValueOf,
} from './operand.ts';

type Specs<Id extends InstructionId> = (typeof instructions)[Id]['operands'];
type Values<S extends readonly string[]> = { readonly [Index in keyof S]: ValueOf<S[Index]> };

/** The operand values that an instruction takes, in assembler order. */
export type OperandsOf<Id extends InstructionId> = Values<Specs<Id>>;

/** A decoded word: which row of the table it is, with its operand values in assembler order. */
export interface Decoded {
  readonly id: InstructionId;
  readonly operands: readonly OperandValue[];
}

interface Row {
  readonly id: InstructionId;
  readonly mask: number;
  readonly value: number;
  readonly operands: readonly Operand[];
  readonly syntax: string;
}

const isInstructionId = (text: string): text is InstructionId => Object.hasOwn(instructions, text);

function compileRow(id: InstructionId): Row {
  const { bits, operands, syntax } = instructions[id];
  const pattern = bits.replaceAll(' ', '');
  if (pattern.length !== 32) throw new A64Error('EINVAL', `${id} has ${pattern.length} bits`, 'an A64 word has 32');
  let mask = 0;
  let value = 0;
  [...pattern].forEach((bit, index) => {
    if (bit === '0' || bit === '1') mask |= 1 << (31 - index);
    if (bit === '1') value |= 1 << (31 - index);
  });
  return {
    id,
    mask: mask >>> 0,
    value: value >>> 0,
    syntax,
    operands: operands.map((spec) => compileOperand(spec, pattern)),
  };
}

const rows = new Map(
  Object.keys(instructions)
    .filter(isInstructionId)
    .map((id) => [id, compileRow(id)]),
);

/** Rows by the word's top byte, so that decoding looks at a handful. */
const rowsByTopByte: readonly (readonly Row[])[] = Array.from({ length: 256 }, (_, top) =>
  [...rows.values()].filter((row) => ((top << 24) & row.mask & 0xff000000) === (row.value & 0xff000000 & row.mask)),
);

function rowOf(id: InstructionId): Row {
  const row = rows.get(id);
  if (row === undefined) throw new A64Error('EINVAL', `no instruction ${id}`, 'see the table');
  return row;
}

/**
 * Encodes one instruction to its 32-bit word.
 *
 * @throws A64Error `ERANGE` where an operand does not fit its field.
 * @example encode('movz', 0, 0x1234, 16) // 0xd2a24680: movz x0, #0x1234, lsl #16
 */
export function encode<Id extends InstructionId>(id: Id, ...operands: OperandsOf<Id>): number {
  return encodeRow(id, operands);
}

/** `encode` for operands whose number and sorts are only known at run time. */
export function encodeRow(id: InstructionId, operands: readonly OperandValue[]): number {
  const row = rowOf(id);
  if (operands.length !== row.operands.length) {
    throw new A64Error(
      'EINVAL',
      `${id} got ${operands.length} operands`,
      `it takes ${row.operands.length}: ${row.syntax}`,
    );
  }
  let word = row.value;
  row.operands.forEach((operand, index) => {
    word |= encodeOperand(operand, operands[index] ?? Number.NaN);
  });
  return word >>> 0;
}

/** Decodes a word, or returns `undefined` for one that is not modelled. Never guesses. */
export function decode(word: number): Decoded | undefined {
  for (const row of rowsByTopByte[word >>> 24] ?? []) {
    if ((word & row.mask) >>> 0 !== row.value) continue;
    const operands = row.operands.map((operand) => decodeOperand(operand, word));
    if (operands.every((value) => value !== undefined)) return { id: row.id, operands };
  }
  return undefined;
}

/** The word as GNU `as` reads it; a word that is not modelled prints as `.inst 0x…`. */
export function print(word: number): string {
  const decoded = decode(word);
  if (decoded === undefined) return `.inst 0x${(word >>> 0).toString(16).padStart(8, '0')}`;
  const row = rowOf(decoded.id);
  return row.syntax.replaceAll(/%(\d)/g, (_, index: string) => {
    const operand = row.operands[Number(index)];
    const value = decoded.operands[Number(index)];
    return operand === undefined || value === undefined ? '?' : printOperand(operand, value);
  });
}

/** Every instruction of the table, in its order. */
export function instructionIds(): InstructionId[] {
  return [...rows.keys()];
}

/** The operands of an instruction, for tools that generate or explain encodings. */
export function operandsOf(id: InstructionId): readonly Operand[] {
  return rowOf(id).operands;
}
