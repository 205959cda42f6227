import type { OperandValue } from '@kexeckit/a64';
import type { Core, Op } from '../core.ts';
import { conditionCode, holds } from './flags.ts';
import { type Factories, type Factory, num, source } from './op.ts';

const NE = 1;

function branchOnCondition(core: Core, [condition, offset]: readonly OperandValue[]): Op {
  const code = conditionCode(condition);
  const words = num(offset) / 4;
  // The end of most loops.
  if (code === NE) return (index) => (core.z === 0 ? core.flow.branch(index, words) : index + 1);
  return (index) => (holds(core, code) ? core.flow.branch(index, words) : index + 1);
}

function branchOnZero(wanted: boolean, wide: boolean): Factory {
  return (core, [t, offset]) => {
    const { low: L, high: H } = core.registers;
    const register = source(t);
    const words = num(offset) / 4;
    return (index) => {
      const bits = wide ? (L[register] ?? 0) | (H[register] ?? 0) : (L[register] ?? 0);
      return (bits === 0) === wanted ? core.flow.branch(index, words) : index + 1;
    };
  };
}

function branchOnBit(wanted: number): Factory {
  return (core, [t, bit, offset]) => {
    const half = num(bit) >= 32 ? core.registers.high : core.registers.low;
    const register = source(t);
    const shift = num(bit) % 32;
    const words = num(offset) / 4;
    return (index) => ((((half[register] ?? 0) >>> shift) & 1) === wanted ? core.flow.branch(index, words) : index + 1);
  };
}

function branchToRegister(link: boolean): Factory {
  return (core, [n]) => {
    const { low: L, high: H } = core.registers;
    const register = source(n);
    return (index) => {
      const low = L[register] ?? 0;
      const high = core.exceptions.targetHigh(H[register] ?? 0);
      if (link) setLink(core, index);
      if ((low & 3) !== 0) core.exceptions.misalignedTarget(low, high, index);
      return core.flow.jump(low, high);
    };
  };
}

function branchAlways(link: boolean): Factory {
  return (core, [offset]) => {
    const words = num(offset) / 4;
    return (index) => {
      if (link) setLink(core, index);
      return core.flow.branch(index, words);
    };
  };
}

function setLink(core: Core, index: number): void {
  const { low, high } = core.flow.relative(index, 4);
  core.registers.low[30] = low;
  core.registers.high[30] = high;
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
