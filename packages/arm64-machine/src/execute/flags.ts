import type { OperandValue } from '@kexeckit/a64';
import type { Cpu } from '../cpu.ts';
import { carryOf, funnel, overflowOf } from './halves.ts';
import { type Factories, field, num, type Op, source } from './op.ts';

/** Whether a condition holds (Arm ARM C1.2.4); codes are those of the encoding. */
export function holds(cpu: Cpu, code: number): boolean {
  switch (code) {
    case 0:
      return cpu.z !== 0;
    case 1:
      return cpu.z === 0;
    case 2:
      return cpu.c !== 0;
    case 3:
      return cpu.c === 0;
    case 4:
      return cpu.n !== 0;
    case 5:
      return cpu.n === 0;
    case 6:
      return cpu.v !== 0;
    case 7:
      return cpu.v === 0;
    case 8:
      return cpu.c !== 0 && cpu.z === 0;
    case 9:
      return cpu.c === 0 || cpu.z !== 0;
    case 10:
      return cpu.n === cpu.v;
    case 11:
      return cpu.n !== cpu.v;
    case 12:
      return cpu.z === 0 && cpu.n === cpu.v;
    case 13:
      return cpu.z !== 0 || cpu.n !== cpu.v;
    default:
      return true;
  }
}

/** The code of a condition among the operands. */
export const conditionCode = (value: OperandValue | undefined): number => field('cond', value);

/** Sets N, Z, C and V from the four bits of an encoding. */
export function setFlags(cpu: Cpu, nzcv: number): void {
  cpu.n = (nzcv >>> 3) & 1;
  cpu.z = (nzcv >>> 2) & 1;
  cpu.c = (nzcv >>> 1) & 1;
  cpu.v = nzcv & 1;
}

/** The flags of a 64-bit addition: its low half's result, and both operands and the result of its high half. */
export function setAddFlags(cpu: Cpu, low: number, a: number, b: number, high: number): void {
  cpu.n = high >>> 31;
  cpu.z = (low | high) === 0 ? 1 : 0;
  cpu.c = carryOf(a, b, high);
  cpu.v = overflowOf(a, b, high);
}

/** The flags of a logical result. */
export function setLogicalFlags(cpu: Cpu, low: number, high: number): void {
  cpu.n = high >>> 31;
  cpu.z = (low | high) === 0 ? 1 : 0;
  cpu.c = 0;
  cpu.v = 0;
}

/** RMIF: bits of a rotated register become the flags that the mask names. */
function rotateIntoFlags(cpu: Cpu, [n, by, mask]: readonly OperandValue[]): Op {
  const { low: L, high: H } = cpu.registers;
  const [from, shift, chosen] = [source(n), num(by) & 31, num(mask)];
  const swap = num(by) >= 32;
  return (index) => {
    const low = L[from] ?? 0;
    const high = H[from] ?? 0;
    const rotated = swap ? funnel(low, high, shift) : funnel(high, low, shift);
    const old = (cpu.n << 3) | (cpu.z << 2) | (cpu.c << 1) | cpu.v;
    setFlags(cpu, (rotated & chosen) | (old & ~chosen));
    return index + 1;
  };
}

/** SETF8 and SETF16: the flags of a value of so many bits; C stays. */
const narrowFlags =
  (bits: 8 | 16) =>
  (cpu: Cpu, [n]: readonly OperandValue[]): Op => {
    const { low: L } = cpu.registers;
    const from = source(n);
    return (index) => {
      const value = L[from] ?? 0;
      cpu.n = (value >>> (bits - 1)) & 1;
      cpu.z = value << (32 - bits) === 0 ? 1 : 0;
      cpu.v = ((value >>> bits) ^ (value >>> (bits - 1))) & 1;
      return index + 1;
    };
  };

/** The instructions that only change flags (Arm ARM C4.1.94, C4.1.96: FEAT_FlagM, FEAT_FlagM2). */
export const flags: Factories = {
  rmif: rotateIntoFlags,
  setf8: narrowFlags(8),
  setf16: narrowFlags(16),
  cfinv: (cpu) => (index) => {
    cpu.c ^= 1;
    return index + 1;
  },
  xaflag: (cpu) => (index) => {
    const { z, c } = cpu;
    setFlags(cpu, ((c ^ 1) & (z ^ 1) ? 8 : 0) | (z & c ? 4 : 0) | (c | z ? 2 : 0) | ((c ^ 1) & z));
    return index + 1;
  },
  axflag: (cpu) => (index) => {
    const { z, c, v } = cpu;
    setFlags(cpu, (z | v ? 4 : 0) | (c & (v ^ 1) ? 2 : 0));
    return index + 1;
  },
};
