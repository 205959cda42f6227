import { decodeBitmask, encodeBitmask } from './bitmask.ts';
import { A64Error } from './error.ts';
import type { OperandValue, ShownNumber } from './operand.ts';
import { sp, xzr } from './registers.ts';

// Aliases that show other numbers than their row holds: parts of registers, and moves of constants.

type Numbers = Float64Array;
type Values = readonly (OperandValue | undefined)[];

/** How an alias goes between what is written in the places of its row, and what the row holds. */
export interface Conversion {
  /** What is shown of a word, by its numbers. */
  readonly shows: (operands: Numbers, width: 32 | 64) => readonly ShownNumber[];
  /** The row's operands, of what is written in their places. */
  readonly means: (written: Values, width: 32 | 64) => Values;
  /** Instead of `means`, where the instruction depends on what is written. */
  readonly chooses: (written: Values, width: 32 | 64) => { readonly id: string; readonly operands: Values };
}

interface Converted extends Partial<Conversion> {
  readonly when?: (operands: Numbers, width: 32 | 64) => boolean;
  readonly fixed?: Readonly<Record<number, OperandValue>>;
  readonly strict?: boolean;
}

/** A number from `least` to `most` among what is written. */
function within(value: OperandValue | undefined, least: number, most: number, what: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new A64Error('ERANGE', `${String(value)} is no ${what}`, `give ${least} to ${most}`, { value });
}

// Bit fields: the row's operands are d, n, r (rotate right by) and s (the last bit that is kept).
const inserted = ([d = 0, n = 0, r = 0, s = 0]: Numbers, width: number): number[] => [d, n, width - r, s + 1];
const extracted = ([d = 0, n = 0, r = 0, s = 0]: Numbers): number[] => [d, n, r, s - r + 1];

function insert([d, n, lsb, size]: Values, width: number): Values {
  const low = within(lsb, 0, width - 1, 'lowest bit');
  const bits = within(size, 1, width - low, 'number of bits');
  return [d, n, (width - low) % width, bits - 1];
}

function extract([d, n, lsb, size]: Values, width: number): Values {
  const low = within(lsb, 0, width - 1, 'lowest bit');
  return [d, n, low, low + within(size, 1, width - low, 'number of bits') - 1];
}

const isInsert = ([, , r = 0, s = 0]: Numbers): boolean => s < r;
const isExtend =
  (last: number) =>
  ([, , r, s]: Numbers): boolean =>
    r === 0 && s === last;
const always = (): boolean => true;
const zeroSource = (operands: Numbers): boolean => operands[1] === 31;

const shiftRight: Converted = {
  when: ([, , , s], width) => s === width - 1,
  means: ([d, n, amount], width) => [d, n, within(amount, 0, width - 1, 'shift'), width - 1],
};
const extend = (last: number): Converted => ({ when: isExtend(last), fixed: { 2: 0, 3: last } });
const insertion: Converted = { when: isInsert, shows: inserted, means: insert };
const extraction: Converted = { when: always, shows: extracted, means: extract };

/** Aliases of SBFM, BFM and UBFM. */
export const bitfields: Readonly<Record<string, Converted>> = {
  'asr.imm': shiftRight,
  sbfiz: insertion,
  sxtb: extend(7),
  sxth: extend(15),
  sxtw: extend(31),
  sbfx: extraction,
  bfc: { ...insertion, when: (o) => isInsert(o) && zeroSource(o), fixed: { 1: xzr } },
  bfi: insertion,
  bfxil: extraction,
  'lsr.imm': shiftRight,
  'lsl.imm': {
    when: ([, , r = 0, s = 0]) => s + 1 === r,
    shows: ([d = 0, n = 0, , s = 0], width) => [d, n, width - 1 - s],
    means: ([d, n, amount], width) => {
      const by = within(amount, 0, width - 1, 'shift');
      return [d, n, (width - by) % width, width - 1 - by];
    },
  },
  ubfiz: insertion,
  uxtb: extend(7),
  uxth: extend(15),
  ubfx: extraction,
};

// Moves of constants: the operands of MOVZ and MOVN are d, the immediate and its shift.
const SHIFTS = [0, 16, 32, 48] as const;

/** A zero that is shifted keeps its base form. */
const isPlainMove = ([, immediate, shift]: Numbers): boolean => immediate !== 0 || shift === 0;
const wideValue = ([, immediate = 0, shift = 0]: Numbers): bigint => BigInt(immediate) << BigInt(shift);

/** The immediate and shift by which MOVZ makes a value. */
function halfOf(value: bigint, width: 32 | 64): readonly [immediate: number, shift: number] | undefined {
  const shift = SHIFTS.find((by) => by < width && (value & ~(0xffffn << BigInt(by))) === 0n);
  return shift === undefined ? undefined : [Number(value >> BigInt(shift)), shift];
}

const inverted = (value: bigint, width: 32 | 64): bigint => BigInt.asUintN(width, ~value);

/** Whether MOVZ or MOVN makes the value too: then MOV means that one (`MoveWidePreferred`). */
const isMoveWide = (value: bigint, width: 32 | 64): boolean =>
  halfOf(value, width) !== undefined || halfOf(inverted(value, width), width) !== undefined;

/** A constant of a register's width, signed or not; never truncated. */
export function constantOf(value: OperandValue | undefined, width: 32 | 64): bigint {
  const whole = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (whole && BigInt(value) >= -(2n ** BigInt(width - 1)) && BigInt(value) < 2n ** BigInt(width)) {
    return BigInt.asUintN(width, BigInt(value));
  }
  const hint = `give a whole number from -2^${width - 1} to 2^${width} - 1, as a bigint above 2^53`;
  throw new A64Error('ERANGE', `${String(value)} does not fit ${width} bits`, hint, { value });
}

const cannot = (value: OperandValue | undefined): A64Error =>
  new A64Error('ERANGE', `${String(value)} is not what one MOV makes`, 'take loadConstant, or MOVZ and MOVK', {
    value,
  });

function movz([d, value]: Values, width: 32 | 64): Values {
  const half = halfOf(constantOf(value, width), width);
  if (half === undefined) throw cannot(value);
  return [d, ...half];
}

function movn([d, value]: Values, width: 32 | 64): Values {
  const half = halfOf(inverted(constantOf(value, width), width), width);
  if (half === undefined) throw cannot(value);
  return [d, ...half];
}

/** The instruction that a MOV of a constant means: MOVZ, MOVN, or ORR with a logical immediate. */
function move([d, value]: Values, width: 32 | 64): { id: string; operands: Values } {
  const constant = constantOf(value, width);
  const suffix = width === 64 ? '' : '.w';
  if (d !== sp && halfOf(constant, width) !== undefined)
    return { id: `movz${suffix}`, operands: movz([d, value], width) };
  if (d !== sp && halfOf(inverted(constant, width), width) !== undefined)
    return { id: `movn${suffix}`, operands: movn([d, value], width) };
  if (encodeBitmask(width === 64 ? constant : constant * 0x1_0000_0001n) === undefined) throw cannot(value);
  return { id: `orr.imm${suffix}`, operands: [d, xzr, constant] };
}

/** Aliases of MOVZ, MOVN and ORR (immediate). */
export const movesOfConstants: Readonly<Record<string, Converted>> = {
  'mov.bitmask': {
    // MOVZ and MOVN cannot write the stack pointer, which is what 31 is in d.
    when: (o, width) =>
      zeroSource(o) && (o[0] === 31 || !isMoveWide(BigInt.asUintN(width, decodeBitmask(o[2] ?? 0) ?? 0n), width)),
    fixed: { 1: xzr },
    strict: true,
  },
  'mov.wide': {
    strict: true,
    when: isPlainMove,
    shows: (o) => [o[0] ?? 0, wideValue(o)],
    means: movz,
  },
  'mov.inverted': {
    strict: true,
    when: (o, width) => isPlainMove(o) && (width === 64 || o[1] !== 0xffff),
    shows: (o, width) => [o[0] ?? 0, inverted(wideValue(o), width)],
    means: movn,
  },
  'mov.imm': { chooses: move },
};
