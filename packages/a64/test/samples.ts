import * as fc from 'fast-check';
import { type AliasId, type AliasRow, aliases } from '../src/alias-table.ts';
import { aliasIds } from '../src/aliases.ts';
import { decodeBitmask, encodeBitmask } from '../src/bitmask.ts';
import { encodeRow, instructionIds, operandsOf } from '../src/codec.ts';
import type { InstructionId } from '../src/instructions.ts';
import { isNamedKind, nameOfField } from '../src/names.ts';
import { type Operand, type OperandValue, valueOfNumber } from '../src/operand.ts';
import { table } from '../src/row.ts';

const names = new Map<string, fc.Arbitrary<string>>();

/** Any name of a kind whose field has so many bits, numbers of what has no name included. */
function anyName(operand: Operand): fc.Arbitrary<string> {
  const { kind, width, limit } = operand;
  const key = `${kind} ${width} ${limit}`;
  const known = names.get(key);
  if (known !== undefined) return known;
  const found = Array.from({ length: Math.min(2 ** width, limit) }, (_, field) =>
    isNamedKind(kind) ? nameOfField(kind, field) : undefined,
  ).filter((name) => name !== undefined);
  const arbitrary = fc.constantFrom(...found);
  names.set(key, arbitrary);
  return arbitrary;
}

/** Any logical immediate: a run of ones, rotated in an element, repeated. */
function anyBitmask(width: number): fc.Arbitrary<bigint> {
  return fc
    .tuple(fc.integer({ min: 1, max: Math.log2(width) }), fc.nat(), fc.nat())
    .map(([log, onesSeed, rotation]) => {
      const size = 2 ** log;
      const run = (1n << BigInt((onesSeed % (size - 1)) + 1)) - 1n;
      const by = BigInt(rotation % size);
      const element = BigInt.asUintN(size, (run << by) | (run >> (BigInt(size) - by)));
      const repeated = Array.from({ length: width / size }, (_, at) => element << BigInt(at * size));
      return repeated.reduce((all, part) => all | part, 0n);
    })
    .filter((value) => width === 32 || encodeBitmask(value) !== undefined);
}

/** Any value that an operand takes. */
function anyValue(operand: Operand): fc.Arbitrary<OperandValue | undefined> {
  const { kind, width, scale, signed, limit } = operand;
  if (isNamedKind(kind)) return anyName(operand);
  if (kind === 'bitmask') return anyBitmask(64);
  if (kind === 'bitmask32') return anyBitmask(32);
  if (kind === 'redundant') return fc.constant(undefined);
  const min = signed ? -(2 ** (width - 1)) : 0;
  const max = Math.min(2 ** (signed ? width - 1 : width) - 1, Math.ceil(limit / scale) - 1);
  return fc.integer({ min, max }).map((field) => valueOfNumber(operand, field * scale));
}

/** An instruction with operands. */
export interface Sample {
  readonly id: InstructionId;
  readonly operands: readonly OperandValue[];
}

const hasRepeat = ({ id, operands }: Sample): boolean => {
  try {
    encodeRow(id, operands);
    return false;
  } catch (error) {
    if (String(error).includes('names a register twice')) return true;
    throw error;
  }
};

/** Any operands of one instruction, without those that it refuses because a register is named twice. */
export const anyOperands = (id: InstructionId): fc.Arbitrary<Sample> =>
  fc
    .tuple(...operandsOf(id).map(anyValue))
    .map((operands) => ({ id, operands: operands.filter((value) => value !== undefined) }))
    .filter((sample) => !hasRepeat(sample));

/** So many samples of every instruction of the table. */
export const samplesOfEach = (count: number, seed: number): Sample[] =>
  instructionIds().flatMap((id) => fc.sample(anyOperands(id), { numRuns: count, seed }));

/** Numbers below 2^32, the same for the same seed. */
function randomWords(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** A value for an operand of an alias, by the kind that its table says; it may be refused. */
function aliasValue(kind: string, next: () => number): OperandValue {
  const of = (...values: readonly OperandValue[]): OperandValue => values[next() % values.length] ?? 0;
  if (isNamedKind(kind)) return nameOfField(kind, next() % 16) ?? '';
  switch (kind) {
    case 'rsp':
    case 'xsp':
      return of(0, 1, 30, 'sp');
    case 'any':
      return of(0, 1, 'sp', 'xzr');
    case 'wide': {
      const half = BigInt(of(0, 1, 0xffff, next() % 65536)) << BigInt(16 * (next() % 4));
      return of(half, ~half, -half, decodeBitmask(next() % 8192) ?? 0n);
    }
    case 'bitmask':
      return of(decodeBitmask(next() % 8192) ?? 0n, decodeBitmask(next() % 4096) ?? 0n);
    case 'u':
      return next() % 4096;
    case 'n':
      return of(0, next() % 4, next() % 32, next() % 64);
    default:
      return of(0, 1, 2, 30, 'xzr');
  }
}

const rowOf = (id: AliasId): AliasRow | undefined =>
  Object.entries<AliasRow>(aliases).find(([name]) => name === id.replace(/\.w$/, ''))?.[1];

/** Words that aliases spell, so many of each, made by them. */
export function aliasWords(count: number, seed: number): number[] {
  const next = randomWords(seed);
  return aliasIds().flatMap((id) => {
    const kinds = rowOf(id)?.operands.map((spec) => spec.split(':')[0] ?? '') ?? [];
    const words: number[] = [];
    for (let turn = 0; words.length < count && turn < 200 * count; turn++) {
      const operands = kinds.map((kind) => aliasValue(kind, next));
      try {
        words.push(
          encodeRow(
            id,
            operands.map((value) =>
              id.endsWith('.w') && typeof value === 'bigint' ? BigInt.asUintN(32, value) : value,
            ),
          ),
        );
      } catch {
        // These operands do not go together.
      }
    }
    if (words.length < count) throw new Error(`no operands were found for ${id}`);
    return words;
  });
}

/** Words that are anything. */
export function anyWords(count: number, seed: number): number[] {
  const next = randomWords(seed);
  return Array.from({ length: count }, next);
}

/** Words near the table: each row with any operands, then up to three bits flipped. */
export function wordsNearTable(count: number, seed: number): number[] {
  const next = randomWords(seed);
  const rows = table();
  return Array.from({ length: count }, (_, at) => {
    const { mask, value } = rows[at % rows.length] ?? { mask: 0, value: 0 };
    let word = (next() & ~mask) | value;
    for (let flips = next() % 4; flips > 0; flips--) word ^= 1 << (next() % 32);
    return word >>> 0;
  });
}
