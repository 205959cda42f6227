import type { Decoded, InstructionId, OperandValue, SystemRegister } from '@kexeckit/a64';
import type { Cpu } from './cpu.ts';
import { LINE_SIZE } from './frame.ts';
import { SINK, SP } from './registers.ts';

/** A decoded instruction: takes its index in its page, acts, and returns the index of the next instruction. */
export type Op = (index: number) => number;

/** Instead of an index: the next instruction is wherever the CPU's pc points now. */
export const REFETCH = -1;
/** Instead of an index: a breakpoint is here, nothing was executed. */
export const STOP = -2;

/** Decodes operands once, so that the op itself touches only typed arrays. */
type Factory = (cpu: Cpu, operands: readonly OperandValue[]) => Op;

const num = (value: OperandValue | undefined): number => (typeof value === 'number' ? value : 0);
const big = (value: OperandValue | undefined): bigint => (typeof value === 'bigint' ? value : 0n);
/** Slots: register 31 is XZR as a source, the sink as a destination, SP where the form says so. */
const source = (value: OperandValue | undefined): number => num(value);
const target = (value: OperandValue | undefined): number => (num(value) === 31 ? SINK : num(value));
const orSp = (value: OperandValue | undefined): number => (num(value) === 31 ? SP : num(value));

/** Compiles a decoded word for a CPU; `undefined` for what the machine does not model. */
export function compile(cpu: Cpu, decoded: Decoded): Op | undefined {
  return factories[decoded.id]?.(cpu, decoded.operands);
}

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

/** Moves a base register by a constant after its use. */
function advance(cpu: Cpu, base: number, by: number): void {
  const { low: L, high: H } = cpu.registers;
  const sum = ((L[base] ?? 0) >>> 0) + by;
  H[base] = (H[base] ?? 0) + Math.floor(sum / 2 ** 32);
  L[base] = sum;
}

type Addressing = 'offset' | 'post';

/** Loads or stores of one 64-bit register. */
function single(load: boolean, addressing: Addressing): Factory {
  return (cpu, [t, n, immediate]) => {
    const { low: L, high: H } = cpu.registers;
    const base = orSp(n);
    const register = load ? target(t) : source(t);
    const by = num(immediate);
    const offset = addressing === 'offset' ? by : 0;
    return (index) => {
      const sum = ((L[base] ?? 0) >>> 0) + offset;
      const low = sum | 0;
      const high = (H[base] ?? 0) + Math.floor(sum / 2 ** 32);
      const at = (low & 0xfff) >>> 2;
      if (load) {
        const view = cpu.viewForRead(low, high, index, 7);
        L[register] = view[at] ?? 0;
        H[register] = view[at + 1] ?? 0;
      } else {
        const view = cpu.viewForWrite(low, high, index, 7);
        view[at] = L[register] ?? 0;
        view[at + 1] = H[register] ?? 0;
      }
      if (addressing === 'post') advance(cpu, base, by);
      return index + 1;
    };
  };
}

/** Loads or stores of a register pair: 16 bytes, one access where they lie in one line. */
function pair(load: boolean, addressing: Addressing): Factory {
  return (cpu, [t, u, n, immediate]) => {
    const { low: L, high: H } = cpu.registers;
    const base = orSp(n);
    const [first, second] = load ? [target(t), target(u)] : [source(t), source(u)];
    const by = num(immediate);
    const offset = addressing === 'offset' ? by : 0;
    return (index) => {
      const sum = ((L[base] ?? 0) >>> 0) + offset;
      const low = sum | 0;
      const high = (H[base] ?? 0) + Math.floor(sum / 2 ** 32);
      const sameLine = (low & (LINE_SIZE - 1)) <= LINE_SIZE - 16;
      const at = (low & 0xfff) >>> 2;
      const nextHigh = low === -8 ? high + 1 : high;
      const nextAt = ((low + 8) & 0xfff) >>> 2;
      if (load) {
        const view = cpu.viewForRead(low, high, index, 7);
        const rest = sameLine ? view : cpu.viewForRead(low + 8, nextHigh, index, 7);
        const [a, b] = [view[at] ?? 0, view[at + 1] ?? 0];
        L[second] = rest[nextAt] ?? 0;
        H[second] = rest[nextAt + 1] ?? 0;
        L[first] = a;
        H[first] = b;
      } else {
        const view = cpu.viewForWrite(low, high, index, 7);
        const rest = sameLine ? view : cpu.viewForWrite(low + 8, nextHigh, index, 7);
        view[at] = L[first] ?? 0;
        view[at + 1] = H[first] ?? 0;
        rest[nextAt] = L[second] ?? 0;
        rest[nextAt + 1] = H[second] ?? 0;
      }
      if (addressing === 'post') advance(cpu, base, by);
      return index + 1;
    };
  };
}

/** Loads or stores of 1 or 4 bytes with an unsigned offset. */
function narrow(load: boolean, bytes: 1 | 4): Factory {
  return (cpu, [t, n, immediate]) => {
    const { low: L, high: H } = cpu.registers;
    const base = orSp(n);
    const register = load ? target(t) : source(t);
    const offset = num(immediate);
    return (index) => {
      const sum = ((L[base] ?? 0) >>> 0) + offset;
      const high = (H[base] ?? 0) + Math.floor(sum / 2 ** 32);
      const at = (sum & 0xfff) >>> 2;
      const shift = bytes === 1 ? (sum & 3) * 8 : 0;
      const mask = bytes === 1 ? 0xff << shift : -1;
      if (load) {
        L[register] = ((cpu.viewForRead(sum | 0, high, index, bytes - 1)[at] ?? 0) & mask) >>> shift;
        H[register] = 0;
      } else {
        const view = cpu.viewForWrite(sum | 0, high, index, bytes - 1);
        view[at] = ((view[at] ?? 0) & ~mask) | (((L[register] ?? 0) << shift) & mask);
      }
      return index + 1;
    };
  };
}

function loadLiteral(cpu: Cpu, [t, offset]: readonly OperandValue[]): Op {
  const register = target(t);
  return (index) => {
    const { low, high } = cpu.relative(index, num(offset));
    const view = cpu.viewForRead(low, high, index, 7);
    const at = (low & 0xfff) >>> 2;
    cpu.registers.low[register] = view[at] ?? 0;
    cpu.registers.high[register] = view[at + 1] ?? 0;
    return index + 1;
  };
}

/** DC operations: clean, invalidate or both, on the line that holds the address. */
function dataCache(clean: boolean, invalidate: boolean): (cpu: Cpu, t: number) => Op {
  return (cpu, t) => {
    const { low: L, high: H } = cpu.registers;
    return (index) => {
      const low = L[t] ?? 0;
      const { frame } = cpu.translate(low, H[t] ?? 0, index);
      const line = (low & 0xfff) >>> 6;
      if (clean) frame.cleanLine(line, cpu.counters);
      if (invalidate) frame.invalidateLine(line);
      return index + 1;
    };
  };
}

/** DC CVAU makes a line visible to fetches only where the point of unification is reached; here that takes CVAC. */
const unifyOnly = (): Op => (index) => index + 1;

function zeroBlock(cpu: Cpu, t: number): Op {
  const { low: L, high: H } = cpu.registers;
  return (index) => {
    const low = (L[t] ?? 0) & ~(LINE_SIZE - 1);
    if (cpu.translate(low, H[t] ?? 0, index).device)
      cpu.fault('alignment-fault', low, H[t] ?? 0, index, 'DC ZVA on Device memory');
    const at = (low & 0xfff) >>> 2;
    cpu.viewForWrite(low, H[t] ?? 0, index, 0).fill(0, at, at + LINE_SIZE / 4);
    return index + 1;
  };
}

function invalidatePage(cpu: Cpu, t: number): Op {
  return (index) => {
    cpu.mmu.requestInvalidation(Number(cpu.registers.get(t) & 0xfff_ffff_ffffn));
    return index + 1;
  };
}

function invalidateInstructions(cpu: Cpu): Op {
  return (index) => {
    cpu.requestInstructionInvalidation();
    return index + 1;
  };
}

function invalidateTlb(cpu: Cpu): Op {
  return (index) => {
    cpu.mmu.requestInvalidation('all');
    return index + 1;
  };
}

const systemOperations: Record<string, (cpu: Cpu, t: number) => Op> = {
  'dc ivac': dataCache(false, true),
  'dc cvac': dataCache(true, false),
  'dc cvau': unifyOnly,
  'dc civac': dataCache(true, true),
  'dc zva': zeroBlock,
  'ic ivau': invalidateInstructions,
  'ic iallu': invalidateInstructions,
  'ic ialluis': invalidateInstructions,
  'tlbi vae1': invalidatePage,
  'tlbi vae2': invalidatePage,
  'tlbi vmalle1': invalidateTlb,
  'tlbi vmalle1is': invalidateTlb,
  'tlbi alle2': invalidateTlb,
  'tlbi alle2is': invalidateTlb,
};

/** System instructions that only EL2 may name. */
const isForEl2 = (name: string): boolean => name.includes('alle2') || name.endsWith('vae2');

function systemOperation(cpu: Cpu, name: OperandValue | undefined, t: number): Op | undefined {
  if (cpu.system.exceptionLevel === 1 && isForEl2(String(name))) return undefined;
  return systemOperations[String(name)]?.(cpu, t);
}

const isSystemRegister = (value: OperandValue | undefined): value is SystemRegister => typeof value === 'string';

/** A register access that the level does not allow is UNDEFINED, like a word that is not modelled. */
function systemRegister(cpu: Cpu, name: OperandValue | undefined): SystemRegister | undefined {
  return isSystemRegister(name) && cpu.system.isAccessible(name) ? name : undefined;
}

const nothing: Factory = () => (index) => index + 1;

/** A factory may decline: the word is then UNDEFINED on this machine. */
const factories: Partial<Record<InstructionId, (cpu: Cpu, operands: readonly OperandValue[]) => Op | undefined>> = {
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
  and: bitwise((a, b) => a & b),
  bic: bitwise((a, b) => a & ~b),
  orr: bitwise((a, b) => a | b),
  eor: bitwise((a, b) => a ^ b),
  add: addShifted(false),
  sub: addShifted(true),
  subs: (cpu, [d, n, m, amount]) => {
    const operand = shifted(cpu, source(m), num(amount));
    return subtractFlags(cpu, target(d), source(n), operand.low, operand.high);
  },
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
  ldr: single(true, 'offset'),
  str: single(false, 'offset'),
  'ldr.post': single(true, 'post'),
  'str.post': single(false, 'post'),
  'ldr.w': narrow(true, 4),
  'str.w': narrow(false, 4),
  ldrb: narrow(true, 1),
  strb: narrow(false, 1),
  'ldr.literal': loadLiteral,
  ldp: pair(true, 'offset'),
  stp: pair(false, 'offset'),
  stnp: pair(false, 'offset'),
  'ldp.post': pair(true, 'post'),
  'stp.post': pair(false, 'post'),
  nop: nothing,
  dmb: nothing,
  dsb: (cpu) => (index) => {
    cpu.completeMaintenance();
    return index + 1;
  },
  isb: (cpu) => (index) => cpu.synchronize(index),
  'msr.daifset':
    (cpu, [bits]) =>
    (index) => {
      cpu.daif |= num(bits);
      return index + 1;
    },
  'msr.daifclr':
    (cpu, [bits]) =>
    (index) => {
      cpu.daif &= ~num(bits);
      return index + 1;
    },
  sys: (cpu, [name, t]) => systemOperation(cpu, name, source(t)),
  'sys.bare': (cpu, [name]) => systemOperation(cpu, name, 31),
  msr: (cpu, [name, t]) => {
    const register = systemRegister(cpu, name);
    return (
      register &&
      ((index) => {
        cpu.system.write(register, cpu.registers.get(source(t)));
        return index + 1;
      })
    );
  },
  mrs: (cpu, [t, name]) => {
    const register = systemRegister(cpu, name);
    return (
      register &&
      ((index) => {
        cpu.registers.set(target(t), cpu.system.read(register));
        return index + 1;
      })
    );
  },
};
