import type { OperandValue } from '@kexeckit/a64';
import type { Cpu } from '../cpu.ts';
import { type Factories, type Factory, num, type Op, source } from './op.ts';

const conditionTests: Record<string, (cpu: Cpu) => boolean> = {
  eq: (cpu) => cpu.z === 1,
  ne: (cpu) => cpu.z === 0,
  cs: (cpu) => cpu.c === 1,
  cc: (cpu) => cpu.c === 0,
  mi: (cpu) => cpu.n === 1,
  pl: (cpu) => cpu.n === 0,
  vs: (cpu) => cpu.v === 1,
  vc: (cpu) => cpu.v === 0,
  hi: (cpu) => cpu.c === 1 && cpu.z === 0,
  ls: (cpu) => cpu.c === 0 || cpu.z === 1,
  ge: (cpu) => cpu.n === cpu.v,
  lt: (cpu) => cpu.n !== cpu.v,
  gt: (cpu) => cpu.z === 0 && cpu.n === cpu.v,
  le: (cpu) => cpu.z === 1 || cpu.n !== cpu.v,
  al: () => true,
  nv: () => true,
};

function branchOnCondition(cpu: Cpu, [condition, offset]: readonly OperandValue[]): Op {
  const holds = conditionTests[String(condition)] ?? (() => true);
  const words = num(offset) / 4;
  return (index) => (holds(cpu) ? cpu.branch(index, words) : index + 1);
}

function branchOnZero(wanted: boolean): Factory {
  return (cpu, [t, offset]) => {
    const { low: L, high: H } = cpu.registers;
    const register = source(t);
    const words = num(offset) / 4;
    return (index) =>
      (((L[register] ?? 0) | (H[register] ?? 0)) === 0) === wanted ? cpu.branch(index, words) : index + 1;
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
      const [low, high] = [L[register] ?? 0, H[register] ?? 0];
      if (link) setLink(cpu, index);
      return cpu.jump(low, high);
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
  b:
    (cpu, [offset]) =>
    (index) =>
      cpu.branch(index, num(offset) / 4),
  bl:
    (cpu, [offset]) =>
    (index) => {
      setLink(cpu, index);
      return cpu.branch(index, num(offset) / 4);
    },
  br: branchToRegister(false),
  blr: branchToRegister(true),
  ret: branchToRegister(false),
  cbz: branchOnZero(true),
  cbnz: branchOnZero(false),
  tbz: branchOnBit(0),
  tbnz: branchOnBit(1),
};
