import type { OperandValue } from '@kexeckit/a64';
import type { Core, Op } from '../core.ts';
import { conditionCode, holds, setAddFlags, setFlags } from './flags.ts';
import { carryOf, LSL, shifted32, shiftedHigh, shiftedLow } from './halves.ts';
import { type Factories, type Factory, field, num, orSp, source, target } from './op.ts';

/** An addition or a subtraction, of 64 or 32 bits, that sets flags or not. */
interface Sum {
  readonly subtract: boolean;
  readonly wide: boolean;
  readonly flags: boolean;
}

// A subtraction adds the inverted operand and a carry, as AddWithCarry of the Arm ARM's pseudocode does.

/** d = n + constant + carry, the constant as halves. */
function addConstant(core: Core, sum: Sum, d: number, n: number, value: number): Op {
  const { low: L, high: H } = core.registers;
  const low = sum.subtract ? ~value : value;
  const high = sum.subtract ? -1 : 0;
  const carry = sum.subtract ? 1 : 0;
  if (!sum.wide) return addConstant32(core, sum.flags, d, n, low, carry);
  if (sum.flags) {
    return (index) => {
      const a = L[n] ?? 0;
      const b = H[n] ?? 0;
      const resultLow = (a + low + carry) | 0;
      const resultHigh = (b + high + carryOf(a, low, resultLow)) | 0;
      setAddFlags(core, resultLow, b, high, resultHigh);
      L[d] = resultLow;
      H[d] = resultHigh;
      return index + 1;
    };
  }
  return (index) => {
    const a = L[n] ?? 0;
    const resultLow = (a + low + carry) | 0;
    H[d] = (H[n] ?? 0) + high + carryOf(a, low, resultLow);
    L[d] = resultLow;
    return index + 1;
  };
}

function addConstant32(core: Core, flags: boolean, d: number, n: number, value: number, carry: number): Op {
  const { low: L, high: H } = core.registers;
  return (index) => {
    const a = L[n] ?? 0;
    const result = (a + value + carry) | 0;
    if (flags) setAddFlags(core, result, a, value, result);
    L[d] = result;
    H[d] = 0;
    return index + 1;
  };
}

function immediate(sum: Sum, unit: 1 | 4096): Factory {
  return (core, [d, n, value]) => addConstant(core, sum, sum.flags ? target(d) : orSp(d), orSp(n), num(value) * unit);
}

/** d = n + m, the most frequent sum of all. */
function add64(core: Core, d: number, n: number, m: number): Op {
  const { low: L, high: H } = core.registers;
  return (index) => {
    const a = L[n] ?? 0;
    const low = (a + (L[m] ?? 0)) | 0;
    H[d] = (H[n] ?? 0) + (H[m] ?? 0) + (low >>> 0 < a >>> 0 ? 1 : 0);
    L[d] = low;
    return index + 1;
  };
}

function subtract64(core: Core, d: number, n: number, m: number): Op {
  const { low: L, high: H } = core.registers;
  return (index) => {
    const a = L[n] ?? 0;
    const b = L[m] ?? 0;
    H[d] = (H[n] ?? 0) - (H[m] ?? 0) - (a >>> 0 < b >>> 0 ? 1 : 0);
    L[d] = a - b;
    return index + 1;
  };
}

/** d = n + m + carry. */
function addRegisters(core: Core, { subtract, wide, flags }: Sum, d: number, n: number, m: number): Op {
  const { low: L, high: H } = core.registers;
  const invert = subtract ? -1 : 0;
  const carry = subtract ? 1 : 0;
  if (!wide && !flags) {
    return (index) => {
      L[d] = (L[n] ?? 0) + ((L[m] ?? 0) ^ invert) + carry;
      H[d] = 0;
      return index + 1;
    };
  }
  if (!wide) {
    return (index) => {
      const a = L[n] ?? 0;
      const b = (L[m] ?? 0) ^ invert;
      const result = (a + b + carry) | 0;
      if (flags) setAddFlags(core, result, a, b, result);
      L[d] = result;
      H[d] = 0;
      return index + 1;
    };
  }
  if (!flags) return subtract ? subtract64(core, d, n, m) : add64(core, d, n, m);
  return (index) => {
    const a = L[n] ?? 0;
    const b = (L[m] ?? 0) ^ invert;
    const low = (a + b + carry) | 0;
    const c = H[n] ?? 0;
    const e = (H[m] ?? 0) ^ invert;
    const high = (c + e + carryOf(a, b, low)) | 0;
    setAddFlags(core, low, c, e, high);
    L[d] = low;
    H[d] = high;
    return index + 1;
  };
}

function shiftedRegister(sum: Sum): Factory {
  return (core, [d, n, m, amount, shift]) => {
    const [to, from, second, by] = [target(d), source(n), source(m), num(amount)];
    if (by === 0) return addRegisters(core, sum, to, from, second);
    const { low: L, high: H } = core.registers;
    const kind = field('shift', shift);
    const invert = sum.subtract ? -1 : 0;
    const carry = sum.subtract ? 1 : 0;
    const { flags } = sum;
    if (!sum.wide) {
      return (index) => {
        const a = L[from] ?? 0;
        const b = shifted32(kind, by, L[second] ?? 0) ^ invert;
        const result = (a + b + carry) | 0;
        if (flags) setAddFlags(core, result, a, b, result);
        L[to] = result;
        H[to] = 0;
        return index + 1;
      };
    }
    return (index) => {
      const mLow = L[second] ?? 0;
      const mHigh = H[second] ?? 0;
      const a = L[from] ?? 0;
      const b = shiftedLow(kind, by, mLow, mHigh) ^ invert;
      const low = (a + b + carry) | 0;
      const c = H[from] ?? 0;
      const e = shiftedHigh(kind, by, mLow, mHigh) ^ invert;
      const high = (c + e + carryOf(a, b, low)) | 0;
      if (flags) setAddFlags(core, low, c, e, high);
      L[to] = low;
      H[to] = high;
      return index + 1;
    };
  };
}

/** The low half of a register extended from 8, 16, 32 or 64 bits; kinds 4 to 7 are signed (Arm ARM, `ExtendReg`). */
export function extendedLow(kind: number, low: number): number {
  const unused = (kind & 3) === 0 ? 24 : (kind & 3) === 1 ? 16 : 0;
  return kind >= 4 ? (low << unused) >> unused : (low << unused) >>> unused;
}

/** The high half of the same; `extended` is the low half. */
export function extendedHigh(kind: number, extended: number, high: number): number {
  if ((kind & 3) === 3) return high;
  return kind >= 4 ? extended >> 31 : 0;
}

function extendedRegister(sum: Sum): Factory {
  return (core, [d, n, m, extend, amount]) => {
    const { low: L, high: H } = core.registers;
    const [to, from, second, by] = [sum.flags ? target(d) : orSp(d), orSp(n), source(m), num(amount)];
    const kind = field('extend', extend);
    const invert = sum.subtract ? -1 : 0;
    const carry = sum.subtract ? 1 : 0;
    const { wide, flags } = sum;
    return (index) => {
      const extended = extendedLow(kind, L[second] ?? 0);
      const a = L[from] ?? 0;
      const b = (extended << by) ^ invert;
      const low = (a + b + carry) | 0;
      if (wide) {
        const c = H[from] ?? 0;
        const e = shiftedHigh(LSL, by, extended, extendedHigh(kind, extended, H[second] ?? 0)) ^ invert;
        const high = (c + e + carryOf(a, b, low)) | 0;
        if (flags) setAddFlags(core, low, c, e, high);
        H[to] = high;
      } else {
        if (flags) setAddFlags(core, low, a, b, low);
        H[to] = 0;
      }
      L[to] = low;
      return index + 1;
    };
  };
}

/** ADC and SBC: the carry comes from the flags. */
function withCarry({ subtract, wide, flags }: Sum): Factory {
  return (core, [d, n, m]) => {
    const { low: L, high: H } = core.registers;
    const [to, from, second] = [target(d), source(n), source(m)];
    const invert = subtract ? -1 : 0;
    return (index) => {
      const a = L[from] ?? 0;
      const b = (L[second] ?? 0) ^ invert;
      const low = (a + b + core.c) | 0;
      if (wide) {
        const c = H[from] ?? 0;
        const e = (H[second] ?? 0) ^ invert;
        const high = (c + e + carryOf(a, b, low)) | 0;
        if (flags) setAddFlags(core, low, c, e, high);
        H[to] = high;
      } else {
        if (flags) setAddFlags(core, low, a, b, low);
        H[to] = 0;
      }
      L[to] = low;
      return index + 1;
    };
  };
}

/** CCMP and CCMN: the flags of a comparison, or those that the instruction holds. */
function compareIf(subtract: boolean, wide: boolean, immediate: boolean): Factory {
  return (core, [n, second, nzcv, condition]) => {
    const { low: L, high: H } = core.registers;
    const [from, m, otherwise, code] = [source(n), num(second), num(nzcv), conditionCode(condition)];
    const invert = subtract ? -1 : 0;
    const carry = subtract ? 1 : 0;
    return (index) => {
      if (!holds(core, code)) {
        setFlags(core, otherwise);
        return index + 1;
      }
      const a = L[from] ?? 0;
      const b = (immediate ? m : (L[m] ?? 0)) ^ invert;
      const low = (a + b + carry) | 0;
      if (!wide) {
        setAddFlags(core, low, a, b, low);
        return index + 1;
      }
      const c = H[from] ?? 0;
      const e = (immediate ? 0 : (H[m] ?? 0)) ^ invert;
      setAddFlags(core, low, c, e, (c + e + carryOf(a, b, low)) | 0);
      return index + 1;
    };
  };
}

function relative(core: Core, [d, offset]: readonly OperandValue[]): Op {
  const to = target(d);
  return (index) => {
    const { low, high } = core.flow.relative(index, num(offset));
    core.registers.low[to] = low;
    core.registers.high[to] = high;
    return index + 1;
  };
}

/** ADRP: relative to the page that the instruction is in; its low 12 bits are its index. */
function relativeToPage(core: Core, [d, offset]: readonly OperandValue[]): Op {
  const to = target(d);
  return (index) => {
    const { low, high } = core.flow.relative(0, num(offset));
    core.registers.low[to] = low;
    core.registers.high[to] = high;
    return index + 1;
  };
}

const add: Sum = { subtract: false, wide: true, flags: false };
const adds: Sum = { ...add, flags: true };
const sub: Sum = { ...add, subtract: true };
const subs: Sum = { ...adds, subtract: true };
const narrow = (sum: Sum): Sum => ({ ...sum, wide: false });

/** Addition, subtraction and comparison. */
export const arithmetic: Factories = {
  adr: relative,
  adrp: relativeToPage,
  'add.imm': immediate(add, 1),
  'add.imm.w': immediate(narrow(add), 1),
  'add.imm12': immediate(add, 4096),
  'add.imm12.w': immediate(narrow(add), 4096),
  'adds.imm': immediate(adds, 1),
  'adds.imm.w': immediate(narrow(adds), 1),
  'adds.imm12': immediate(adds, 4096),
  'adds.imm12.w': immediate(narrow(adds), 4096),
  'sub.imm': immediate(sub, 1),
  'sub.imm.w': immediate(narrow(sub), 1),
  'sub.imm12': immediate(sub, 4096),
  'sub.imm12.w': immediate(narrow(sub), 4096),
  'subs.imm': immediate(subs, 1),
  'subs.imm.w': immediate(narrow(subs), 1),
  'subs.imm12': immediate(subs, 4096),
  'subs.imm12.w': immediate(narrow(subs), 4096),
  add: shiftedRegister(add),
  'add.w': shiftedRegister(narrow(add)),
  adds: shiftedRegister(adds),
  'adds.w': shiftedRegister(narrow(adds)),
  sub: shiftedRegister(sub),
  'sub.w': shiftedRegister(narrow(sub)),
  subs: shiftedRegister(subs),
  'subs.w': shiftedRegister(narrow(subs)),
  'add.ext': extendedRegister(add),
  'add.ext.w': extendedRegister(narrow(add)),
  'adds.ext': extendedRegister(adds),
  'adds.ext.w': extendedRegister(narrow(adds)),
  'sub.ext': extendedRegister(sub),
  'sub.ext.w': extendedRegister(narrow(sub)),
  'subs.ext': extendedRegister(subs),
  'subs.ext.w': extendedRegister(narrow(subs)),
  adc: withCarry(add),
  'adc.w': withCarry(narrow(add)),
  adcs: withCarry(adds),
  'adcs.w': withCarry(narrow(adds)),
  sbc: withCarry(sub),
  'sbc.w': withCarry(narrow(sub)),
  sbcs: withCarry(subs),
  'sbcs.w': withCarry(narrow(subs)),
  ccmn: compareIf(false, true, false),
  'ccmn.w': compareIf(false, false, false),
  'ccmn.imm': compareIf(false, true, true),
  'ccmn.imm.w': compareIf(false, false, true),
  ccmp: compareIf(true, true, false),
  'ccmp.w': compareIf(true, false, false),
  'ccmp.imm': compareIf(true, true, true),
  'ccmp.imm.w': compareIf(true, false, true),
};
