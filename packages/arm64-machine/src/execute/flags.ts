import type { OperandValue } from '@kexeckit/a64';
import type { Core, Flags, Op } from '../core.ts';
import { carryOf, funnel, overflowOf } from './halves.ts';
import { type Factories, field, num, source } from './op.ts';

/** Whether a condition holds (Arm ARM C1.2.4); codes are those of the encoding. */
export function holds(state: Flags, code: number): boolean {
  switch (code) {
    case 0:
      return state.z !== 0;
    case 1:
      return state.z === 0;
    case 2:
      return state.c !== 0;
    case 3:
      return state.c === 0;
    case 4:
      return state.n !== 0;
    case 5:
      return state.n === 0;
    case 6:
      return state.v !== 0;
    case 7:
      return state.v === 0;
    case 8:
      return state.c !== 0 && state.z === 0;
    case 9:
      return state.c === 0 || state.z !== 0;
    case 10:
      return state.n === state.v;
    case 11:
      return state.n !== state.v;
    case 12:
      return state.z === 0 && state.n === state.v;
    case 13:
      return state.z !== 0 || state.n !== state.v;
    default:
      return true;
  }
}

/** The code of a condition among the operands. */
export const conditionCode = (value: OperandValue | undefined): number => field('cond', value);

/** Sets N, Z, C and V from the four bits of an encoding. */
export function setFlags(state: Flags, nzcv: number): void {
  state.n = (nzcv >>> 3) & 1;
  state.z = (nzcv >>> 2) & 1;
  state.c = (nzcv >>> 1) & 1;
  state.v = nzcv & 1;
}

/** The flags of a 64-bit addition: its low half's result, and both operands and the result of its high half. */
export function setAddFlags(state: Flags, low: number, a: number, b: number, high: number): void {
  state.n = high >>> 31;
  state.z = (low | high) === 0 ? 1 : 0;
  state.c = carryOf(a, b, high);
  state.v = overflowOf(a, b, high);
}

/** The flags of a logical result. */
export function setLogicalFlags(state: Flags, low: number, high: number): void {
  state.n = high >>> 31;
  state.z = (low | high) === 0 ? 1 : 0;
  state.c = 0;
  state.v = 0;
}

/** RMIF: bits of a rotated register become the flags that the mask names. */
function rotateIntoFlags(core: Core, [n, by, mask]: readonly OperandValue[]): Op {
  const { low: L, high: H } = core.registers;
  const [from, shift, chosen] = [source(n), num(by) & 31, num(mask)];
  const swap = num(by) >= 32;
  return (index) => {
    const low = L[from] ?? 0;
    const high = H[from] ?? 0;
    const rotated = swap ? funnel(low, high, shift) : funnel(high, low, shift);
    const old = (core.n << 3) | (core.z << 2) | (core.c << 1) | core.v;
    setFlags(core, (rotated & chosen) | (old & ~chosen));
    return index + 1;
  };
}

/** SETF8 and SETF16: the flags of a value of so many bits; C stays. */
const narrowFlags =
  (bits: 8 | 16) =>
  (core: Core, [n]: readonly OperandValue[]): Op => {
    const { low: L } = core.registers;
    const from = source(n);
    return (index) => {
      const value = L[from] ?? 0;
      core.n = (value >>> (bits - 1)) & 1;
      core.z = value << (32 - bits) === 0 ? 1 : 0;
      core.v = ((value >>> bits) ^ (value >>> (bits - 1))) & 1;
      return index + 1;
    };
  };

/** The instructions that only change flags (Arm ARM C4.1.94, C4.1.96: FEAT_FlagM, FEAT_FlagM2). */
export const flags: Factories = {
  rmif: rotateIntoFlags,
  setf8: narrowFlags(8),
  setf16: narrowFlags(16),
  cfinv: (core) => (index) => {
    core.c ^= 1;
    return index + 1;
  },
  xaflag: (core) => (index) => {
    const { z, c } = core;
    setFlags(core, ((c ^ 1) & (z ^ 1) ? 8 : 0) | (z & c ? 4 : 0) | (c | z ? 2 : 0) | ((c ^ 1) & z));
    return index + 1;
  },
  axflag: (core) => (index) => {
    const { z, c, v } = core;
    setFlags(core, (z | v ? 4 : 0) | (c & (v ^ 1) ? 2 : 0));
    return index + 1;
  },
};
