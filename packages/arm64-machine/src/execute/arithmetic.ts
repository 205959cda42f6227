import type { OperandValue } from '@kexeckit/a64';
import type { Cpu } from '../cpu.ts';
import { type Factories, type Factory, num, type Op, orSp, source, target } from './op.ts';

const big = (value: OperandValue | undefined): bigint => (typeof value === 'bigint' ? value : 0n);

const carryOut = (sum: number): number => (sum > 0xffffffff ? 1 : 0);

/** d = n + (low, high), 64-bit. */
function addConstant(cpu: Cpu, d: number, n: number, low: number, high: number): Op {
  const { low: L, high: H } = cpu.registers;
  return (index) => {
    const sum = ((L[n] ?? 0) >>> 0) + low;
    L[d] = sum;
    H[d] = (H[n] ?? 0) + high + carryOut(sum);
    return index + 1;
  };
}

/** d = n - m with flags; the second operand is given as halves. */
function subtractFlags(cpu: Cpu, d: number, n: number, low: () => number, high: () => number): Op {
  const { low: L, high: H } = cpu.registers;
  return (index) => {
    const mLow = low() >>> 0;
    const nHigh = (H[n] ?? 0) >>> 0;
    const mHigh = high() >>> 0;
    const differenceLow = ((L[n] ?? 0) >>> 0) - mLow;
    const difference = nHigh - mHigh - (differenceLow < 0 ? 1 : 0);
    const resultHigh = difference | 0;
    cpu.n = resultHigh < 0 ? 1 : 0;
    cpu.z = (differenceLow | 0) === 0 && resultHigh === 0 ? 1 : 0;
    cpu.c = difference >= 0 ? 1 : 0;
    cpu.v = ((nHigh ^ mHigh) & (nHigh ^ resultHigh)) < 0 ? 1 : 0;
    L[d] = differenceLow;
    H[d] = resultHigh;
    return index + 1;
  };
}

/** Register m shifted left by a constant, as a pair of functions that give its halves. */
function shifted(cpu: Cpu, m: number, amount: number): { low: () => number; high: () => number } {
  const { low: L, high: H } = cpu.registers;
  if (amount === 0) return { low: () => L[m] ?? 0, high: () => H[m] ?? 0 };
  if (amount >= 32) return { low: () => 0, high: () => (L[m] ?? 0) << (amount - 32) };
  return { low: () => (L[m] ?? 0) << amount, high: () => ((H[m] ?? 0) << amount) | ((L[m] ?? 0) >>> (32 - amount)) };
}

/** The machine shifts left only: with another shift the word is not modelled. */
const shiftedLeft =
  (factory: Factory): NonNullable<Factories['add']> =>
  (cpu, operands) =>
    operands[4] === 'lsl' ? factory(cpu, operands) : undefined;

/** A three-register instruction with a shifted operand, half by half. */
function bitwise(combine: (a: number, b: number) => number): Factory {
  return (cpu, [d, n, m, amount]) => {
    const { low: L, high: H } = cpu.registers;
    const [to, from] = [target(d), source(n)];
    const operand = shifted(cpu, source(m), num(amount));
    return (index) => {
      const high = combine(H[from] ?? 0, operand.high());
      L[to] = combine(L[from] ?? 0, operand.low());
      H[to] = high;
      return index + 1;
    };
  };
}

function addShifted(subtract: boolean): Factory {
  return (cpu, [d, n, m, amount]) => {
    const { low: L, high: H } = cpu.registers;
    const [to, from] = [target(d), source(n)];
    const operand = shifted(cpu, source(m), num(amount));
    return (index) => {
      const a = (L[from] ?? 0) >>> 0;
      const b = operand.low() >>> 0;
      const low = subtract ? a - b : a + b;
      const carry = subtract ? (low < 0 ? -1 : 0) : carryOut(low);
      const high = (H[from] ?? 0) + (subtract ? -operand.high() : operand.high()) + carry;
      L[to] = low;
      H[to] = high;
      return index + 1;
    };
  };
}

/** Instructions too rare to be worth halves: they compute on whole values. */
function onValues(compute: (...operands: bigint[]) => bigint, registerOperands: number): Factory {
  return (cpu, [d, ...rest]) => {
    const to = target(d);
    return (index) => {
      const values = rest.map((value, at) =>
        at < registerOperands ? cpu.registers.get(source(value)) : BigInt(num(value)),
      );
      cpu.registers.set(to, BigInt.asUintN(64, compute(...values)));
      return index + 1;
    };
  };
}

function logicalImmediate(combine: (a: number, b: number) => number): Factory {
  return (cpu, [d, n, value]) => {
    const { low: L, high: H } = cpu.registers;
    const [to, from] = [orSp(d), source(n)];
    const low = Number(BigInt.asIntN(32, big(value)));
    const high = Number(BigInt.asIntN(32, big(value) >> 32n));
    return (index) => {
      L[to] = combine(L[from] ?? 0, low);
      H[to] = combine(H[from] ?? 0, high);
      return index + 1;
    };
  };
}

function moveWide(kind: 'movz' | 'movn'): Factory {
  return (cpu, [d, immediate, shift]) => {
    const value = BigInt(num(immediate)) << BigInt(num(shift));
    const result = kind === 'movn' ? BigInt.asUintN(64, ~value) : value;
    return (index) => {
      cpu.registers.set(target(d), result);
      return index + 1;
    };
  };
}

function moveKeep(cpu: Cpu, [d, immediate, shift]: readonly OperandValue[]): Op {
  const half = num(shift) >= 32 ? cpu.registers.high : cpu.registers.low;
  const bits = num(shift) % 32;
  const to = target(d);
  return (index) => {
    half[to] = ((half[to] ?? 0) & ~(0xffff << bits)) | (num(immediate) << bits);
    return index + 1;
  };
}

/** Arithmetic, logic, moves and shifts. */
export const arithmetic: Factories = {
  adr:
    (cpu, [d, offset]) =>
    (index) => {
      const { low, high } = cpu.relative(index, num(offset));
      cpu.registers.low[target(d)] = low;
      cpu.registers.high[target(d)] = high;
      return index + 1;
    },
  'add.imm': (cpu, [d, n, value]) => addConstant(cpu, orSp(d), orSp(n), num(value), 0),
  'add.imm12': (cpu, [d, n, value]) => addConstant(cpu, orSp(d), orSp(n), num(value) * 4096, 0),
  'sub.imm': (cpu, [d, n, value]) =>
    num(value) === 0
      ? addConstant(cpu, orSp(d), orSp(n), 0, 0)
      : addConstant(cpu, orSp(d), orSp(n), 2 ** 32 - num(value), -1),
  'subs.imm': (cpu, [d, n, value]) =>
    subtractFlags(
      cpu,
      target(d),
      orSp(n),
      () => num(value),
      () => 0,
    ),
  'and.imm': logicalImmediate((a, b) => a & b),
  'orr.imm': logicalImmediate((a, b) => a | b),
  movn: moveWide('movn'),
  movz: moveWide('movz'),
  movk: moveKeep,
  // UBFM: rotate right by r, keep s + 1 bits (as LSR and UBFX), or s < r: place s + 1 bits at 64 - r (as LSL).
  ubfm: onValues((n = 0n, r = 0n, s = 0n) => {
    const field = (bits: bigint): bigint => bits & ((1n << (s + 1n)) - 1n);
    return s >= r ? field(n) >> r : field(n) << (64n - r);
  }, 1),
  lslv: onValues((n = 0n, m = 0n) => n << (m & 63n), 2),
  lsrv: onValues((n = 0n, m = 0n) => n >> (m & 63n), 2),
  and: shiftedLeft(bitwise((a, b) => a & b)),
  bic: shiftedLeft(bitwise((a, b) => a & ~b)),
  orr: shiftedLeft(bitwise((a, b) => a | b)),
  eor: shiftedLeft(bitwise((a, b) => a ^ b)),
  add: shiftedLeft(addShifted(false)),
  sub: shiftedLeft(addShifted(true)),
  subs: shiftedLeft((cpu, [d, n, m, amount]) => {
    const operand = shifted(cpu, source(m), num(amount));
    return subtractFlags(cpu, target(d), source(n), operand.low, operand.high);
  }),
};
