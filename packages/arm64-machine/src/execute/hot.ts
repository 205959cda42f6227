import { type Decoded, fieldOfName, type OperandValue } from '@kexeckit/a64';
import type { Cpu } from '../cpu.ts';
import { holds } from './flags.ts';
import { big, highHalf, lowHalf, num, type Op, orSp, source, target } from './op.ts';
import { sha256h, sha256h2, sha256h2Behind, sha256su0, sha256su1 } from './sha256.ts';
import { addWords, moveVector, reverseWords } from './vector.ts';

/**
 * The instructions that copies, loops and digests are made of, executed without a call for each.
 *
 * Every one of them has an op of its own too, which says what it does in all cases; what is here is the same for the
 * usual case, and hands over to the op in any other (a line that is not in the cache, a branch out of the page). A test
 * holds the two against each other.
 */
const CALL = 0;
const ADD_CONSTANT = 1;
const SUBS_CONSTANT = 2;
const ADD = 3;
const SUB = 4;
const SUBS = 5;
const AND = 6;
const ORR = 7;
const EOR = 8;
const ADD_W = 9;
const AND_W = 10;
const ORR_W = 11;
const EOR_W = 12;
const EOR_W_ROR = 13;
const EOR_W_LSR = 14;
const EXTR_W = 15;
const MOVE = 16;
const LDP = 17;
const STP = 18;
const LDR = 19;
const STR = 20;
const LDR_W = 21;
const STR_W = 22;
const LDP_POST = 23;
const STP_POST = 24;
const LDR_POST = 25;
const STR_POST = 26;
const LDR_W_POST = 27;
const STR_W_POST = 28;
const B = 29;
const B_NE = 30;
const B_COND = 31;
const CBZ = 32;
const CBNZ = 33;
const ADD_CONSTANT_W = 34;
const AND_CONSTANT = 35;
const SHA256H = 36;
const SHA256H2 = 37;
const SHA256SU0 = 38;
const SHA256SU1 = 39;
const ADD_4S = 40;
const MOVE_V = 41;
const LDR_Q = 42;
const LDR_Q_POST = 43;
const TBZ = 44;
const TBNZ = 45;
const REV32_V = 46;

/** Words that an instruction is kept as: its form with two or three small operands, and one operand of any size. */
export const FIELDS = 2;
/** Instructions in a page. */
const WORDS = 1024;

/** A form, its operands `a` and `b` (at most 255), `c` (any 32-bit number) and `d` (at most 511). */
type Fields = readonly [form: number, a: number, b: number, c: number, d?: number];

/** Keeps an instruction for `runHot`; what is not hot is called. */
export function keepHot(decoded: Decoded, code: Int32Array, index: number): void {
  const [form, a, b, c, d = 0] = fieldsOf(decoded, index) ?? [CALL, 0, 0, 0];
  code[index * FIELDS] = form | (a << 7) | (b << 15) | (d << 23);
  code[index * FIELDS + 1] = c;
}

/** Makes an instruction be called again. */
export function forgetHot(code: Int32Array, index: number): void {
  code[index * FIELDS] = CALL;
}

const registerForms: Partial<Record<string, number>> = {
  add: ADD,
  sub: SUB,
  subs: SUBS,
  and: AND,
  orr: ORR,
  eor: EOR,
  'add.w': ADD_W,
  'and.w': AND_W,
  'orr.w': ORR_W,
};

/** What works on SIMD registers alone. */
const vectorForms: Partial<Record<string, number>> = {
  sha256h: SHA256H,
  sha256h2: SHA256H2,
  sha256su0: SHA256SU0,
  sha256su1: SHA256SU1,
  'rev32.16b': REV32_V,
};

/** Loads and stores with an immediate: the form, and whether of a pair. */
const memoryForms: Partial<Record<string, readonly [form: number, pair: boolean]>> = {
  ldp: [LDP, true],
  stp: [STP, true],
  'ldp.post': [LDP_POST, true],
  'stp.post': [STP_POST, true],
  ldr: [LDR, false],
  str: [STR, false],
  ldur: [LDR, false],
  stur: [STR, false],
  'ldr.post': [LDR_POST, false],
  'str.post': [STR_POST, false],
  'ldr.w': [LDR_W, false],
  'str.w': [STR_W, false],
  'ldur.w': [LDR_W, false],
  'stur.w': [STR_W, false],
  'ldr.post.w': [LDR_W_POST, false],
  'str.post.w': [STR_W_POST, false],
};

const stores: ReadonlySet<number> = new Set([STP, STP_POST, STR, STR_POST, STR_W, STR_W_POST]);

/** Where a SIMD register begins among their words. */
const vector = (value: OperandValue | undefined): number => 4 * num(value);

function fieldsOf({ id, operands }: Decoded, index: number): Fields | undefined {
  const [first, second, third, fourth] = operands;
  const memory = memoryForms[id];
  if (memory !== undefined) return memoryFields(memory, operands);
  const form = registerForms[id];
  if (form !== undefined) {
    if (num(fourth) !== 0) return undefined;
    return [form, target(first), source(second), source(third)];
  }
  const vectorForm = vectorForms[id];
  if (vectorForm !== undefined) return [vectorForm, vector(first), vector(second), vector(third)];
  switch (id) {
    case 'add.imm':
      return [ADD_CONSTANT, orSp(first), orSp(second), num(third)];
    case 'add.imm12':
      return [ADD_CONSTANT, orSp(first), orSp(second), num(third) * 4096];
    case 'sub.imm':
      return [ADD_CONSTANT, orSp(first), orSp(second), -num(third)];
    case 'add.imm.w':
      return [ADD_CONSTANT_W, orSp(first), orSp(second), num(third)];
    case 'subs.imm':
      return [SUBS_CONSTANT, target(first), orSp(second), num(third)];
    case 'and.imm':
      return andConstant(first, second, third);
    case 'eor.w':
      return shiftedEor(operands);
    case 'extr.w':
      return num(fourth) === 0 ? undefined : [EXTR_W, target(first), source(second), source(third), num(fourth)];
    case 'movz':
      // A constant of 32 bits: what is shifted further up is rare.
      return num(third) < 32 ? [MOVE, target(first), 0, num(second) << num(third)] : undefined;
    case 'add.v':
      return first === '4s' ? [ADD_4S, vector(second), vector(third), vector(fourth)] : undefined;
    case 'orr.16b':
      return second === third ? [MOVE_V, vector(first), vector(second), 0] : undefined;
    case 'ldr.q':
      return [LDR_Q, vector(first), orSp(second), num(third)];
    case 'ldr.q.post':
      return [LDR_Q_POST, vector(first), orSp(second), num(third)];
    case 'ld1.x1.post':
      return [LDR_Q_POST, vector(second), orSp(third), 16];
    default:
      return branchFields(id, operands, index);
  }
}

function memoryFields([form, pair]: readonly [number, boolean], operands: readonly OperandValue[]): Fields {
  const slot = stores.has(form) ? source : target;
  const [t, second, third, fourth] = operands;
  if (pair) return [form, slot(t), orSp(third), num(fourth), slot(second)];
  return [form, slot(t), orSp(second), num(third)];
}

function andConstant(
  d: OperandValue | undefined,
  n: OperandValue | undefined,
  value: OperandValue | undefined,
): Fields | undefined {
  // A mask of low bits that are clear, as of a page: its high half is all ones.
  return highHalf(big(value)) === -1 ? [AND_CONSTANT, orSp(d), source(n), lowHalf(big(value))] : undefined;
}

function shiftedEor([d, n, m, amount, kind = 'lsl']: readonly OperandValue[]): Fields | undefined {
  const by = num(amount);
  if (by === 0) return [EOR_W, target(d), source(n), source(m)];
  if (kind === 'ror') return [EOR_W_ROR, target(d), source(n), source(m), by];
  return kind === 'lsr' ? [EOR_W_LSR, target(d), source(n), source(m), by] : undefined;
}

/** Where the offset of a branch stands among its operands, and the form; the register or condition is the first. */
const branchForms: Partial<Record<string, readonly [form: number, offset: number]>> = {
  b: [B, 0],
  'b.cond': [B_COND, 1],
  cbz: [CBZ, 1],
  cbnz: [CBNZ, 1],
  tbz: [TBZ, 2],
  tbnz: [TBNZ, 2],
};

function branchFields(id: string, operands: readonly OperandValue[], index: number): Fields | undefined {
  const found = branchForms[id];
  if (found === undefined) return undefined;
  const [form, offset] = found;
  const goal = index + num(operands[offset]) / 4;
  if (goal < 0 || goal >= WORDS) return undefined;
  const [first, second] = operands;
  if (form === B) return [B, 0, 0, goal];
  if (form !== B_COND) return [form, 0, source(first), goal, form === TBZ || form === TBNZ ? num(second) : 0];
  const condition = fieldOfName('cond', String(first)) ?? 0;
  return [condition === 1 ? B_NE : B_COND, 0, condition, goal];
}

/**
 * Executes instructions of one page; returns the index of the next one, or what an op returned to leave the page.
 *
 * The cases are numbers, not names, and integers stay integers by `| 0`: engines make a jump table only of numbers, and
 * what may be something else they compute in floating point. What the ports look at is kept in locals, which only a
 * call can change.
 */
export function runHot(cpu: Cpu, code: Int32Array, ops: readonly Op[], start: number): number {
  const { low: L, high: H } = cpu.registers;
  const V = cpu.vectors.words;
  const { readPort, writePort, counters } = cpu;
  let left = Math.min(cpu.left, 0x7fff_ffff) | 0;
  const beyond = cpu.left - left;
  let index = start | 0;
  let uncached = 0;
  // What is left when the instruction behind the last SHA256H is executed.
  let behindSha256h = -1;
  while (left > 0) {
    const at = index << 1;
    const word = code[at] ?? 0;
    const c = code[at | 1] ?? 0;
    const form = word & 0x7f;
    const a = (word >>> 7) & 0xff;
    const b = (word >>> 15) & 0xff;
    const d = word >>> 23;
    let next = (index + 1) | 0;
    let called = false;
    switch (form) {
      case 1: {
        // ADD_CONSTANT
        const sum = ((L[b] ?? 0) + c) | 0;
        H[a] = (H[b] ?? 0) + (c >> 31) + (sum >>> 0 < c >>> 0 ? 1 : 0);
        L[a] = sum;
        break;
      }
      case 2: {
        // SUBS_CONSTANT
        const low = L[b] ?? 0;
        const high = H[b] ?? 0;
        const difference = (low - c) | 0;
        const borrow = low >>> 0 < c >>> 0 ? 1 : 0;
        const top = (high - borrow) | 0;
        L[a] = difference;
        H[a] = top;
        cpu.n = top >>> 31;
        cpu.z = (difference | top) === 0 ? 1 : 0;
        cpu.c = high >>> 0 >= borrow ? 1 : 0;
        cpu.v = (high & ~top) >>> 31;
        break;
      }
      case 3: {
        // ADD
        const low = L[b] ?? 0;
        const sum = (low + (L[c] ?? 0)) | 0;
        H[a] = (H[b] ?? 0) + (H[c] ?? 0) + (sum >>> 0 < low >>> 0 ? 1 : 0);
        L[a] = sum;
        break;
      }
      case 4: {
        // SUB
        const low = L[b] ?? 0;
        const other = L[c] ?? 0;
        H[a] = (H[b] ?? 0) - (H[c] ?? 0) - (low >>> 0 < other >>> 0 ? 1 : 0);
        L[a] = low - other;
        break;
      }
      case 5: {
        // SUBS
        const low = L[b] ?? 0;
        const high = H[b] ?? 0;
        const other = L[c] ?? 0;
        const otherHigh = H[c] ?? 0;
        const borrow = low >>> 0 < other >>> 0 ? 1 : 0;
        const difference = (low - other) | 0;
        const top = (high - otherHigh - borrow) | 0;
        L[a] = difference;
        H[a] = top;
        cpu.n = top >>> 31;
        cpu.z = (difference | top) === 0 ? 1 : 0;
        cpu.c = high === otherHigh ? 1 - borrow : high >>> 0 > otherHigh >>> 0 ? 1 : 0;
        cpu.v = ((high ^ otherHigh) & (high ^ top)) >>> 31;
        break;
      }
      case 6: // AND
        L[a] = (L[b] ?? 0) & (L[c] ?? 0);
        H[a] = (H[b] ?? 0) & (H[c] ?? 0);
        break;
      case 7: // ORR
        L[a] = (L[b] ?? 0) | (L[c] ?? 0);
        H[a] = (H[b] ?? 0) | (H[c] ?? 0);
        break;
      case 8: // EOR
        L[a] = (L[b] ?? 0) ^ (L[c] ?? 0);
        H[a] = (H[b] ?? 0) ^ (H[c] ?? 0);
        break;
      case 9: // ADD_W
        L[a] = (L[b] ?? 0) + (L[c] ?? 0);
        H[a] = 0;
        break;
      case 10: // AND_W
        L[a] = (L[b] ?? 0) & (L[c] ?? 0);
        H[a] = 0;
        break;
      case 11: // ORR_W
        L[a] = (L[b] ?? 0) | (L[c] ?? 0);
        H[a] = 0;
        break;
      case 12: // EOR_W
        L[a] = (L[b] ?? 0) ^ (L[c] ?? 0);
        H[a] = 0;
        break;
      case 13: {
        // EOR_W_ROR
        const value = L[c] ?? 0;
        L[a] = (L[b] ?? 0) ^ ((value >>> d) | (value << (32 - d)));
        H[a] = 0;
        break;
      }
      case 14: // EOR_W_LSR
        L[a] = (L[b] ?? 0) ^ ((L[c] ?? 0) >>> d);
        H[a] = 0;
        break;
      case 15: // EXTR_W
        L[a] = ((L[c] ?? 0) >>> d) | ((L[b] ?? 0) << (32 - d));
        H[a] = 0;
        break;
      case 16: // MOVE
        L[a] = c;
        H[a] = 0;
        break;
      case 17: // LDP
      case 23: {
        // LDP_POST
        const base = L[b] ?? 0;
        const moved = (base + c) | 0;
        const movedHigh = ((H[b] ?? 0) + (c >> 31) + (moved >>> 0 < c >>> 0 ? 1 : 0)) | 0;
        const low = form === 17 ? moved : base;
        const high = form === 17 ? movedHigh : (H[b] ?? 0);
        const misses = low >>> 12 !== readPort.low || high !== readPort.high || (low & 7) !== 0 || (low & 0x3f) > 48;
        if (misses || readPort.lines[(low & 0xfff) >>> 6] === 0) {
          called = true;
          break;
        }
        const { words } = readPort;
        const slot = (low & 0xfff) >>> 2;
        if (form !== 17) {
          L[b] = moved;
          H[b] = movedHigh;
        }
        L[a] = words[slot] ?? 0;
        H[a] = words[slot | 1] ?? 0;
        L[d] = words[slot + 2] ?? 0;
        H[d] = words[slot + 3] ?? 0;
        uncached = (uncached + readPort.uncached) | 0;
        break;
      }
      case 18: // STP
      case 24: {
        // STP_POST
        const base = L[b] ?? 0;
        const moved = (base + c) | 0;
        const movedHigh = ((H[b] ?? 0) + (c >> 31) + (moved >>> 0 < c >>> 0 ? 1 : 0)) | 0;
        const low = form === 18 ? moved : base;
        const high = form === 18 ? movedHigh : (H[b] ?? 0);
        const misses = low >>> 12 !== writePort.low || high !== writePort.high || (low & 7) !== 0 || (low & 0x3f) > 48;
        if (misses || (writePort.lines[(low & 0xfff) >>> 6] ?? 0) < 2) {
          called = true;
          break;
        }
        const { words } = writePort;
        const slot = (low & 0xfff) >>> 2;
        words[slot] = L[a] ?? 0;
        words[slot | 1] = H[a] ?? 0;
        words[slot + 2] = L[d] ?? 0;
        words[slot + 3] = H[d] ?? 0;
        if (form !== 18) {
          L[b] = moved;
          H[b] = movedHigh;
        }
        uncached = (uncached + writePort.uncached) | 0;
        break;
      }
      case 19: // LDR
      case 21: // LDR_W
      case 25: // LDR_POST
      case 27: {
        // LDR_W_POST
        const wide = form === 19 || form === 25;
        const base = L[b] ?? 0;
        const moved = (base + c) | 0;
        const movedHigh = ((H[b] ?? 0) + (c >> 31) + (moved >>> 0 < c >>> 0 ? 1 : 0)) | 0;
        const low = form < 23 ? moved : base;
        const high = form < 23 ? movedHigh : (H[b] ?? 0);
        const misses = low >>> 12 !== readPort.low || high !== readPort.high || (low & (wide ? 7 : 3)) !== 0;
        if (misses || readPort.lines[(low & 0xfff) >>> 6] === 0) {
          called = true;
          break;
        }
        if (form >= 23) {
          L[b] = moved;
          H[b] = movedHigh;
        }
        const { words } = readPort;
        const slot = (low & 0xfff) >>> 2;
        L[a] = words[slot] ?? 0;
        H[a] = wide ? (words[slot | 1] ?? 0) : 0;
        uncached = (uncached + readPort.uncached) | 0;
        break;
      }
      case 20: // STR
      case 22: // STR_W
      case 26: // STR_POST
      case 28: {
        // STR_W_POST
        const wide = form === 20 || form === 26;
        const base = L[b] ?? 0;
        const moved = (base + c) | 0;
        const movedHigh = ((H[b] ?? 0) + (c >> 31) + (moved >>> 0 < c >>> 0 ? 1 : 0)) | 0;
        const low = form < 23 ? moved : base;
        const high = form < 23 ? movedHigh : (H[b] ?? 0);
        const misses = low >>> 12 !== writePort.low || high !== writePort.high || (low & (wide ? 7 : 3)) !== 0;
        if (misses || (writePort.lines[(low & 0xfff) >>> 6] ?? 0) < 2) {
          called = true;
          break;
        }
        const { words } = writePort;
        const slot = (low & 0xfff) >>> 2;
        words[slot] = L[a] ?? 0;
        if (wide) words[slot | 1] = H[a] ?? 0;
        if (form >= 23) {
          L[b] = moved;
          H[b] = movedHigh;
        }
        uncached = (uncached + writePort.uncached) | 0;
        break;
      }
      case 29: // B
        next = c;
        break;
      case 30: // B_NE
        if (cpu.z === 0) next = c;
        break;
      case 31: // B_COND
        if (holds(cpu, b)) next = c;
        break;
      case 32: // CBZ
        if (((L[b] ?? 0) | (H[b] ?? 0)) === 0) next = c;
        break;
      case 33: // CBNZ
        if (((L[b] ?? 0) | (H[b] ?? 0)) !== 0) next = c;
        break;
      case 34: // ADD_CONSTANT_W
        L[a] = (L[b] ?? 0) + c;
        H[a] = 0;
        break;
      case 35: // AND_CONSTANT
        L[a] = (L[b] ?? 0) & c;
        H[a] = H[b] ?? 0;
        break;
      case 36: // SHA256H
        sha256h(V, a, b, c);
        behindSha256h = (left - 1) | 0;
        break;
      case 37: // SHA256H2
        if (behindSha256h === left) sha256h2Behind(V, a, b, c);
        else sha256h2(V, a, b, c);
        break;
      case 38: // SHA256SU0
        sha256su0(V, a, b);
        break;
      case 39: // SHA256SU1
        sha256su1(V, a, b, c);
        break;
      case 40: // ADD_4S
        addWords(V, a, b, c);
        break;
      case 41: // MOVE_V
        moveVector(V, a, b);
        break;
      case 42: // LDR_Q
      case 43: {
        // LDR_Q_POST
        const base = L[b] ?? 0;
        const moved = (base + c) | 0;
        const movedHigh = ((H[b] ?? 0) + (c >> 31) + (moved >>> 0 < c >>> 0 ? 1 : 0)) | 0;
        const low = form === 42 ? moved : base;
        const high = form === 42 ? movedHigh : (H[b] ?? 0);
        const misses = low >>> 12 !== readPort.low || high !== readPort.high || (low & 15) !== 0;
        if (misses || readPort.lines[(low & 0xfff) >>> 6] === 0) {
          called = true;
          break;
        }
        const { words } = readPort;
        const slot = (low & 0xfff) >>> 2;
        V[a] = words[slot] ?? 0;
        V[a | 1] = words[slot | 1] ?? 0;
        V[a | 2] = words[slot | 2] ?? 0;
        V[a | 3] = words[slot | 3] ?? 0;
        if (form !== 42) {
          L[b] = moved;
          H[b] = movedHigh;
        }
        uncached = (uncached + readPort.uncached) | 0;
        break;
      }
      case 44: // TBZ
        if (((((d < 32 ? L[b] : H[b]) ?? 0) >>> (d & 31)) & 1) === 0) next = c;
        break;
      case 45: // TBNZ
        if (((((d < 32 ? L[b] : H[b]) ?? 0) >>> (d & 31)) & 1) !== 0) next = c;
        break;
      case 46: // REV32_V
        reverseWords(V, a, b);
        break;
      default: // CALL
        called = true;
        break;
    }
    if (called) {
      // An op may throw: the counts have to be right then, and the instruction has not retired.
      cpu.left = left + beyond;
      counters.uncachedAccesses += uncached;
      uncached = 0;
      next = (ops[index]?.(index) ?? index) | 0;
      if (next < 0) {
        cpu.at = index;
        cpu.left = left - 1 + beyond;
        return next;
      }
    }
    index = next;
    left = (left - 1) | 0;
  }
  counters.uncachedAccesses += uncached;
  cpu.left = left + beyond;
  return index;
}
