import type { OperandValue } from '@kexeckit/a64';
import { READ_AND_WRITE } from '../access-kind.ts';
import type { Core, Op } from '../core.ts';
import { loadStaged, staged, storeStaged } from './access.ts';
import { requireAligned } from './exclusive.ts';
import { carryOf } from './halves.ts';
import { type Factories, type Factory, num, orSp, source, target } from './op.ts';

type Size = 1 | 2 | 4 | 8;

/** What an atomic instruction makes of memory and register, as the Arm ARM's `MemAtomicOp` numbers them. */
const ADD = 0;
const CLR = 1;
const EOR = 2;
const SET = 3;
const SMAX = 4;
const SMIN = 5;
const UMAX = 6;
const UMIN = 7;
const SWP = 8;

/** Whether a < b, of which the high halves decide first. */
function isLess(aLow: number, aHigh: number, bLow: number, bHigh: number, signed: boolean): boolean {
  if (aHigh !== bHigh) return signed ? aHigh < bHigh : aHigh >>> 0 < bHigh >>> 0;
  return aLow >>> 0 < bLow >>> 0;
}

/** Puts the new value of memory into `staged`: old and operand are given as halves. */
function combine(operation: number, low: number, high: number, withLow: number, withHigh: number): void {
  let newLow = withLow;
  let newHigh = withHigh;
  switch (operation) {
    case ADD:
      newLow = (low + withLow) | 0;
      newHigh = high + withHigh + carryOf(low, withLow, newLow);
      break;
    case CLR:
      newLow = low & ~withLow;
      newHigh = high & ~withHigh;
      break;
    case EOR:
      newLow = low ^ withLow;
      newHigh = high ^ withHigh;
      break;
    case SET:
      newLow = low | withLow;
      newHigh = high | withHigh;
      break;
    case SWP:
      break;
    default: {
      const isSigned = operation === SMAX || operation === SMIN;
      const isMaximum = operation === SMAX || operation === UMAX;
      if (isLess(low, high, withLow, withHigh, isSigned) !== isMaximum) [newLow, newHigh] = [low, high];
    }
  }
  staged[0] = newLow;
  staged[1] = newHigh;
}

/**
 * Takes the fault of an atomic access: as a read where a read would take it, else as a write. Real interconnects may abort
 * one to Device memory, or hang on it.
 */
function checkAtomic(core: Core, low: number, high: number, index: number): void {
  const { cacheable } = core.memory.translate(low, high, index, READ_AND_WRITE);
  if (core.strict && !cacheable)
    core.exceptions.fault('uncached-exclusive', low, high, index, 'the access does not go through the data cache');
}

/** LDADD and its kin: memory becomes what the operation makes of it, t what memory was. */
function loadAndChange(operation: number, bytes: Size): Factory {
  return (core, [, s, t, n]) => {
    const { low: L, high: H } = core.registers;
    const [operand, to, base] = [source(s), target(t), orSp(n)];
    const unused = bytes < 4 ? 32 - 8 * bytes : 0;
    const signed = operation === SMAX || operation === SMIN;
    return (index) => {
      const low = L[base] ?? 0;
      const high = H[base] ?? 0;
      requireAligned(core, low, high, index, bytes);
      checkAtomic(core, low, high, index);
      loadStaged(core.memory, low, high, index, bytes, 0);
      const old = staged[0] ?? 0;
      const oldLow = signed ? (old << unused) >> unused : (old << unused) >>> unused;
      const oldHigh = bytes === 8 ? (staged[1] ?? 0) : signed ? oldLow >> 31 : 0;
      const given = L[operand] ?? 0;
      const withLow = signed ? (given << unused) >> unused : (given << unused) >>> unused;
      const withHigh = bytes === 8 ? (H[operand] ?? 0) : signed ? withLow >> 31 : 0;
      combine(operation, oldLow | 0, oldHigh, withLow | 0, withHigh);
      storeStaged(core.memory, low, high, index, bytes, 0);
      L[to] = (old << unused) >>> unused;
      H[to] = bytes === 8 ? oldHigh : 0;
      return index + 1;
    };
  };
}

/** CAS: where memory is what s says it becomes t; s becomes what memory was. */
function compareAndSwap(bytes: Size): Factory {
  return (core, [, s, t, n]) => {
    const { low: L, high: H } = core.registers;
    const [expected, given, base] = [num(s), source(t), orSp(n)];
    const to = target(s);
    const unused = bytes < 4 ? 32 - 8 * bytes : 0;
    return (index) => {
      const low = L[base] ?? 0;
      const high = H[base] ?? 0;
      requireAligned(core, low, high, index, bytes);
      checkAtomic(core, low, high, index);
      loadStaged(core.memory, low, high, index, bytes, 0);
      const oldLow = ((staged[0] ?? 0) << unused) >>> unused;
      const oldHigh = bytes === 8 ? (staged[1] ?? 0) : 0;
      const isLow = ((L[expected] ?? 0) << unused) >>> unused === oldLow;
      if (isLow && (bytes < 8 || (H[expected] ?? 0) === oldHigh)) {
        staged[0] = L[given] ?? 0;
        staged[1] = H[given] ?? 0;
        storeStaged(core.memory, low, high, index, bytes, 0);
      }
      L[to] = oldLow;
      H[to] = oldHigh;
      return index + 1;
    };
  };
}

/** The words of a pair of registers, as they lie in memory. */
function stagePair(core: Core, register: number, wide: boolean): void {
  const { low: L, high: H } = core.registers;
  const after = register + 1;
  staged[0] = L[register] ?? 0;
  staged[wide ? 2 : 1] = L[after] ?? 0;
  if (!wide) return;
  staged[1] = H[register] ?? 0;
  staged[3] = H[after] ?? 0;
}

/** CASP: CAS of a pair of registers. */
function compareAndSwapPair(wide: boolean): Factory {
  return (core: Core, [, s, t, n]: readonly OperandValue[]): Op => {
    const { low: L, high: H } = core.registers;
    const [expected, given, base] = [num(s), num(t), orSp(n)];
    const [first, second] = [target(s), target(num(s) + 1)];
    const bytes = wide ? 16 : 8;
    const words = bytes / 4;
    const old = new Int32Array(4);
    return (index) => {
      const low = L[base] ?? 0;
      const high = H[base] ?? 0;
      requireAligned(core, low, high, index, bytes);
      checkAtomic(core, low, high, index);
      loadStaged(core.memory, low, high, index, bytes, 0);
      old.set(staged);
      stagePair(core, expected, wide);
      let same = true;
      for (let word = 0; word < words; word++) same &&= staged[word] === old[word];
      if (same) {
        stagePair(core, given, wide);
        storeStaged(core.memory, low, high, index, bytes, 0);
      }
      L[first] = old[0] ?? 0;
      H[first] = wide ? (old[1] ?? 0) : 0;
      L[second] = old[wide ? 2 : 1] ?? 0;
      H[second] = wide ? (old[3] ?? 0) : 0;
      return index + 1;
    };
  };
}

/** Atomic accesses (FEAT_LSE). */
export const atomics: Factories = {
  casb: compareAndSwap(1),
  ldaddb: loadAndChange(ADD, 1),
  ldclrb: loadAndChange(CLR, 1),
  ldeorb: loadAndChange(EOR, 1),
  ldsetb: loadAndChange(SET, 1),
  ldsmaxb: loadAndChange(SMAX, 1),
  ldsminb: loadAndChange(SMIN, 1),
  ldumaxb: loadAndChange(UMAX, 1),
  lduminb: loadAndChange(UMIN, 1),
  swpb: loadAndChange(SWP, 1),
  cash: compareAndSwap(2),
  ldaddh: loadAndChange(ADD, 2),
  ldclrh: loadAndChange(CLR, 2),
  ldeorh: loadAndChange(EOR, 2),
  ldseth: loadAndChange(SET, 2),
  ldsmaxh: loadAndChange(SMAX, 2),
  ldsminh: loadAndChange(SMIN, 2),
  ldumaxh: loadAndChange(UMAX, 2),
  lduminh: loadAndChange(UMIN, 2),
  swph: loadAndChange(SWP, 2),
  cas: compareAndSwap(8),
  ldadd: loadAndChange(ADD, 8),
  ldclr: loadAndChange(CLR, 8),
  ldeor: loadAndChange(EOR, 8),
  ldset: loadAndChange(SET, 8),
  ldsmax: loadAndChange(SMAX, 8),
  ldsmin: loadAndChange(SMIN, 8),
  ldumax: loadAndChange(UMAX, 8),
  ldumin: loadAndChange(UMIN, 8),
  swp: loadAndChange(SWP, 8),
  'cas.w': compareAndSwap(4),
  'ldadd.w': loadAndChange(ADD, 4),
  'ldclr.w': loadAndChange(CLR, 4),
  'ldeor.w': loadAndChange(EOR, 4),
  'ldset.w': loadAndChange(SET, 4),
  'ldsmax.w': loadAndChange(SMAX, 4),
  'ldsmin.w': loadAndChange(SMIN, 4),
  'ldumax.w': loadAndChange(UMAX, 4),
  'ldumin.w': loadAndChange(UMIN, 4),
  'swp.w': loadAndChange(SWP, 4),
  casp: compareAndSwapPair(true),
  'casp.w': compareAndSwapPair(false),
};
