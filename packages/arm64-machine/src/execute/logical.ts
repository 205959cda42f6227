import type { Core, Op } from '../core.ts';
import { setLogicalFlags } from './flags.ts';
import { ROR, shifted32, shiftedHigh, shiftedLow } from './halves.ts';
import { big, type Factories, type Factory, field, highHalf, lowHalf, num, orSp, source, target } from './op.ts';

/**
 * A logical operation as masks: `((a ^ b) & difference) | (a & b & both)`. It takes one op for all of them, which the
 * compiler can inline, and costs less than a call.
 */
interface Logic {
  readonly difference: number;
  readonly both: number;
  /** Whether the second operand is inverted: BIC, ORN, EON. */
  readonly invert: boolean;
  readonly flags: boolean;
}

const combine = (a: number, b: number, difference: number, both: number): number =>
  ((a ^ b) & difference) | (a & b & both);

function registers64(core: Core, logic: Logic, d: number, n: number, m: number): Op {
  const { low: L, high: H } = core.registers;
  const { difference, both, flags } = logic;
  const invert = logic.invert ? -1 : 0;
  return (index) => {
    const low = combine(L[n] ?? 0, (L[m] ?? 0) ^ invert, difference, both);
    const high = combine(H[n] ?? 0, (H[m] ?? 0) ^ invert, difference, both);
    if (flags) setLogicalFlags(core, low, high);
    L[d] = low;
    H[d] = high;
    return index + 1;
  };
}

function shifted64(core: Core, logic: Logic, d: number, n: number, m: number, kind: number, by: number): Op {
  const { low: L, high: H } = core.registers;
  const { difference, both, flags } = logic;
  const invert = logic.invert ? -1 : 0;
  return (index) => {
    const mLow = L[m] ?? 0;
    const mHigh = H[m] ?? 0;
    const low = combine(L[n] ?? 0, shiftedLow(kind, by, mLow, mHigh) ^ invert, difference, both);
    const high = combine(H[n] ?? 0, shiftedHigh(kind, by, mLow, mHigh) ^ invert, difference, both);
    if (flags) setLogicalFlags(core, low, high);
    L[d] = low;
    H[d] = high;
    return index + 1;
  };
}

/** The forms that hash functions and bit twiddling are made of: no flags, no shift, or a rotation. */
function plain32(core: Core, logic: Logic, d: number, n: number, m: number): Op {
  const { low: L, high: H } = core.registers;
  const invert = logic.invert ? -1 : 0;
  if (logic.difference === 0) {
    return (index) => {
      L[d] = (L[n] ?? 0) & ((L[m] ?? 0) ^ invert);
      H[d] = 0;
      return index + 1;
    };
  }
  if (logic.both === 0) {
    return (index) => {
      L[d] = (L[n] ?? 0) ^ (L[m] ?? 0) ^ invert;
      H[d] = 0;
      return index + 1;
    };
  }
  return (index) => {
    L[d] = (L[n] ?? 0) | ((L[m] ?? 0) ^ invert);
    H[d] = 0;
    return index + 1;
  };
}

/** EOR with a rotated register. */
function rotated32(core: Core, d: number, n: number, m: number, by: number): Op {
  const { low: L, high: H } = core.registers;
  return (index) => {
    const value = L[m] ?? 0;
    L[d] = (L[n] ?? 0) ^ ((value >>> by) | (value << (32 - by)));
    H[d] = 0;
    return index + 1;
  };
}

function shifted32Bits(core: Core, logic: Logic, d: number, n: number, m: number, kind: number, by: number): Op {
  const { low: L, high: H } = core.registers;
  const { difference, both, flags } = logic;
  const invert = logic.invert ? -1 : 0;
  return (index) => {
    const result = combine(L[n] ?? 0, shifted32(kind, by, L[m] ?? 0) ^ invert, difference, both);
    if (flags) setLogicalFlags(core, result, result);
    L[d] = result;
    H[d] = 0;
    return index + 1;
  };
}

function registers32(core: Core, logic: Logic, d: number, n: number, m: number, kind: number, by: number): Op {
  if (logic.flags) return shifted32Bits(core, logic, d, n, m, kind, by);
  if (by === 0) return plain32(core, logic, d, n, m);
  const isPlainEor = logic.both === 0 && !logic.invert;
  return isPlainEor && kind === ROR ? rotated32(core, d, n, m, by) : shifted32Bits(core, logic, d, n, m, kind, by);
}

/** MOV of a register is ORR from XZR: by far the most frequent use. */
function move(core: Core, d: number, m: number, wide: boolean): Op {
  const { low: L, high: H } = core.registers;
  return (index) => {
    L[d] = L[m] ?? 0;
    H[d] = wide ? (H[m] ?? 0) : 0;
    return index + 1;
  };
}

const isMove = (logic: Logic, n: number): boolean =>
  n === 31 && logic.both === -1 && logic.difference === -1 && !logic.invert;

function register(logic: Logic, wide: boolean): Factory {
  return (core, [d, n, m, amount, shift]) => {
    const [to, from, second, by] = [target(d), source(n), source(m), num(amount)];
    const kind = field('shift', shift);
    if (by === 0 && isMove(logic, from)) return move(core, to, second, wide);
    if (!wide) return registers32(core, logic, to, from, second, kind, by);
    return by === 0 ? registers64(core, logic, to, from, second) : shifted64(core, logic, to, from, second, kind, by);
  };
}

function immediate({ difference, both, flags }: Logic, wide: boolean): Factory {
  return (core, [d, n, value]) => {
    const { low: L, high: H } = core.registers;
    const [to, from] = [flags ? target(d) : orSp(d), source(n)];
    const constantLow = lowHalf(big(value));
    const constantHigh = highHalf(big(value));
    return (index) => {
      const low = combine(L[from] ?? 0, constantLow, difference, both);
      const high = wide ? combine(H[from] ?? 0, constantHigh, difference, both) : 0;
      if (flags) setLogicalFlags(core, low, wide ? high : low);
      L[to] = low;
      H[to] = high;
      return index + 1;
    };
  };
}

const and: Logic = { difference: 0, both: -1, invert: false, flags: false };
const orr: Logic = { ...and, difference: -1 };
const eor: Logic = { ...orr, both: 0 };
const ands: Logic = { ...and, flags: true };
const inverted = (logic: Logic): Logic => ({ ...logic, invert: true });

/** AND, OR, exclusive OR and their inverted forms. */
export const logical: Factories = {
  'and.imm': immediate(and, true),
  'and.imm.w': immediate(and, false),
  'orr.imm': immediate(orr, true),
  'orr.imm.w': immediate(orr, false),
  'eor.imm': immediate(eor, true),
  'eor.imm.w': immediate(eor, false),
  'ands.imm': immediate(ands, true),
  'ands.imm.w': immediate(ands, false),
  and: register(and, true),
  'and.w': register(and, false),
  bic: register(inverted(and), true),
  'bic.w': register(inverted(and), false),
  orr: register(orr, true),
  'orr.w': register(orr, false),
  orn: register(inverted(orr), true),
  'orn.w': register(inverted(orr), false),
  eor: register(eor, true),
  'eor.w': register(eor, false),
  eon: register(inverted(eor), true),
  'eon.w': register(inverted(eor), false),
  ands: register(ands, true),
  'ands.w': register(ands, false),
  bics: register(inverted(ands), true),
  'bics.w': register(inverted(ands), false),
};
