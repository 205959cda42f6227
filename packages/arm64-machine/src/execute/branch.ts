import type { OperandValue } from '@kexeckit/a64';
import type { Cpu } from '../cpu.ts';
import { conditionCode, holds } from './flags.ts';
import { type Factories, type Factory, num, type Op, source } from './op.ts';

const NE = 1;

function branchOnCondition(cpu: Cpu, [condition, offset]: readonly OperandValue[]): Op {
  const code = conditionCode(condition);
  const words = num(offset) / 4;
  // The end of most loops.
  if (code === NE) return (index) => (cpu.z === 0 ? cpu.branch(index, words) : index + 1);
  return (index) => (holds(cpu, code) ? cpu.branch(index, words) : index + 1);
}

function branchOnZero(wanted: boolean, wide: boolean): Factory {
  return (cpu, [t, offset]) => {
    const { low: L, high: H } = cpu.registers;
    const register = source(t);
    const words = num(offset) / 4;
    return (index) => {
      const bits = wide ? (L[register] ?? 0) | (H[register] ?? 0) : (L[register] ?? 0);
      return (bits === 0) === wanted ? cpu.branch(index, words) : index + 1;
    };
  };
}

function branchOnBit(wanted: number): Factory {
  return (cpu, [t, bit, offset]) => {
    const half = num(bit) >= 32 ? cpu.registers.high : cpu.registers.low;
    const register = source(t);
    const shift = num(bit) % 32;
    const words = num(offset) / 4;
    return (index) => ((((half[register] ?? 0) >>> shift) & 1) === wanted ? cpu.branch(index, words) : index + 1);
  };
}

function branchToRegister(link: boolean): Factory {
  return (cpu, [n]) => {
    const { low: L, high: H } = cpu.registers;
    const register = source(n);
    return (index) => {
      const low = L[register] ?? 0;
      const high = H[register] ?? 0;
      if (link) setLink(cpu, index);
      return cpu.jump(low, high);
    };
  };
}

function branchAlways(link: boolean): Factory {
  return (cpu, [offset]) => {
    const words = num(offset) / 4;
    return (index) => {
      if (link) setLink(cpu, index);
      return cpu.branch(index, words);
    };
  };
}

function setLink(cpu: Cpu, index: number): void {
  const { low, high } = cpu.relative(index, 4);
  cpu.registers.low[30] = low;
  cpu.registers.high[30] = high;
}

/** Branches. */
export const branches: Factories = {
  'b.cond': branchOnCondition,
  b: branchAlways(false),
  bl: branchAlways(true),
  br: branchToRegister(false),
  blr: branchToRegister(true),
  ret: branchToRegister(false),
  cbz: branchOnZero(true, true),
  'cbz.w': branchOnZero(true, false),
  cbnz: branchOnZero(false, true),
  'cbnz.w': branchOnZero(false, false),
  tbz: branchOnBit(0),
  tbnz: branchOnBit(1),
};
