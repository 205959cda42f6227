import { type Decoded, fieldOfName, type OperandValue } from '@kexeckit/a64';
import type { Cpu } from '../cpu.ts';
import { INVALID } from '../frame.ts';
import { holds } from './flags.ts';
import { big, highHalf, lowHalf, num, type Op, orSp, source, target } from './op.ts';

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

/** Numbers that an instruction is kept as: which it is, and three that it needs. */
export const FIELDS = 4;
/** Instructions in a page. */
const WORDS = 1024;

type Fields = readonly [code: number, a: number, b: number, c: number];

/** Keeps an instruction for `runHot`; what is not hot is called. */
export function keepHot(decoded: Decoded, code: Int32Array, index: number): void {
  code.set(fieldsOf(decoded, index) ?? [CALL, 0, 0, 0], index * FIELDS);
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

/** Loads and stores with an immediate: the code, the bytes of a register, how many registers. */
const memoryForms: Partial<Record<string, readonly [code: number, pair: boolean]>> = {
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

function fieldsOf({ id, operands }: Decoded, index: number): Fields | undefined {
  const [first, second, third, fourth] = operands;
  const memory = memoryForms[id];
  if (memory !== undefined) return memoryFields(memory, operands);
  const form = registerForms[id];
  if (form !== undefined) {
    if (num(fourth) !== 0) return undefined;
    return [form, target(first), source(second), source(third)];
  }
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
      return num(fourth) === 0
        ? undefined
        : [EXTR_W, target(first), source(second), source(third) | (num(fourth) << 8)];
    case 'movz': {
      const value = BigInt(num(second)) << BigInt(num(third));
      return [MOVE, target(first), lowHalf(value), highHalf(value)];
    }
    default:
      return branchFields(id, operands, index);
  }
}

function memoryFields([code, pair]: readonly [number, boolean], operands: readonly OperandValue[]): Fields {
  const slot = stores.has(code) ? source : target;
  const [t, second, third, fourth] = operands;
  if (pair) return [code, slot(t) | (slot(second) << 8), orSp(third), num(fourth)];
  return [code, slot(t), orSp(second), num(third)];
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
  const third = source(m) | (by << 8);
  if (by === 0) return [EOR_W, target(d), source(n), source(m)];
  if (kind === 'ror') return [EOR_W_ROR, target(d), source(n), third];
  return kind === 'lsr' ? [EOR_W_LSR, target(d), source(n), third] : undefined;
}

function branchFields(id: string, operands: readonly OperandValue[], index: number): Fields | undefined {
  const goal = index + num(operands[id === 'b' ? 0 : 1]) / 4;
  if (goal < 0 || goal >= WORDS) return undefined;
  switch (id) {
    case 'b':
      return [B, goal, 0, 0];
    case 'b.cond': {
      const condition = fieldOfName('cond', String(operands[0])) ?? 0;
      return [condition === 1 ? B_NE : B_COND, goal, condition, 0];
    }
    case 'cbz':
      return [CBZ, goal, source(operands[0]), 0];
    case 'cbnz':
      return [CBNZ, goal, source(operands[0]), 0];
    default:
      return undefined;
  }
}

/**
 * Executes instructions of one page; returns the index of the next one, or what an op returned to leave the page.
 *
 * The cases are numbers, not names: engines make a jump table of those only.
 */
export function runHot(cpu: Cpu, code: Int32Array, ops: readonly Op[], start: number): number {
  const { low: L, high: H } = cpu.registers;
  const { readPort, writePort } = cpu;
  let left = cpu.left;
  let index = start;
  while (left > 0) {
    const at = index * FIELDS;
    const form = code[at];
    let called = form === CALL;
    let next = index + 1;
    const a = code[at + 1] ?? 0;
    const b = code[at + 2] ?? 0;
    const c = code[at + 3] ?? 0;
    switch (form) {
      case 1: {
        // ADD_CONSTANT
        const sum = ((L[b] ?? 0) + c) | 0;
        H[a] = (H[b] ?? 0) + (c >> 31) + (sum >>> 0 < c >>> 0 ? 1 : 0);
        L[a] = sum;
        break;
      }
      case 34: // ADD_CONSTANT_W
        L[a] = (L[b] ?? 0) + c;
        H[a] = 0;
        break;
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
      case 35: // AND_CONSTANT
        L[a] = (L[b] ?? 0) & c;
        H[a] = H[b] ?? 0;
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
        const value = L[c & 0xff] ?? 0;
        const by = c >> 8;
        L[a] = (L[b] ?? 0) ^ ((value >>> by) | (value << (32 - by)));
        H[a] = 0;
        break;
      }
      case 14: // EOR_W_LSR
        L[a] = (L[b] ?? 0) ^ ((L[c & 0xff] ?? 0) >>> (c >> 8));
        H[a] = 0;
        break;
      case 15: {
        // EXTR_W
        const by = c >> 8;
        L[a] = ((L[c & 0xff] ?? 0) >>> by) | ((L[b] ?? 0) << (32 - by));
        H[a] = 0;
        break;
      }
      case 16: // MOVE
        L[a] = b;
        H[a] = c;
        break;
      case 17: // LDP
      case 23: {
        // LDP_POST
        const post = form === LDP_POST;
        const base = L[b] ?? 0;
        const offset = post ? 0 : c;
        const low = (base + offset) | 0;
        const high = ((H[b] ?? 0) + (offset >> 31) + (low >>> 0 < offset >>> 0 ? 1 : 0)) | 0;
        const { words } = readPort;
        const misses = low >>> 12 !== readPort.low || high !== readPort.high || (low & 7) !== 0 || (low & 0x3f) > 48;
        if (misses || readPort.lines[(low & 0xfff) >>> 6] === INVALID) {
          called = true;
          break;
        }
        const word = (low & 0xfff) >>> 2;
        const t = a & 0xff;
        const u = a >> 8;
        if (post) {
          const moved = (base + c) | 0;
          H[b] = (H[b] ?? 0) + (c >> 31) + (moved >>> 0 < c >>> 0 ? 1 : 0);
          L[b] = moved;
        }
        L[t] = words[word] ?? 0;
        H[t] = words[word + 1] ?? 0;
        L[u] = words[word + 2] ?? 0;
        H[u] = words[word + 3] ?? 0;
        break;
      }
      case 18: // STP
      case 24: {
        // STP_POST
        const post = form === STP_POST;
        const base = L[b] ?? 0;
        const offset = post ? 0 : c;
        const low = (base + offset) | 0;
        const high = ((H[b] ?? 0) + (offset >> 31) + (low >>> 0 < offset >>> 0 ? 1 : 0)) | 0;
        const { words } = writePort;
        const misses = low >>> 12 !== writePort.low || high !== writePort.high || (low & 7) !== 0 || (low & 0x3f) > 48;
        if (misses || (writePort.lines[(low & 0xfff) >>> 6] ?? 0) < 2) {
          called = true;
          break;
        }
        const word = (low & 0xfff) >>> 2;
        const t = a & 0xff;
        const u = a >> 8;
        words[word] = L[t] ?? 0;
        words[word + 1] = H[t] ?? 0;
        words[word + 2] = L[u] ?? 0;
        words[word + 3] = H[u] ?? 0;
        if (post) {
          const moved = (base + c) | 0;
          H[b] = (H[b] ?? 0) + (c >> 31) + (moved >>> 0 < c >>> 0 ? 1 : 0);
          L[b] = moved;
        }
        break;
      }
      case 19: // LDR
      case 25: // LDR_POST
      case 21: // LDR_W
      case 27: {
        // LDR_W_POST
        const post = form === LDR_POST || form === LDR_W_POST;
        const wide = form === LDR || form === LDR_POST;
        const base = L[b] ?? 0;
        const offset = post ? 0 : c;
        const low = (base + offset) | 0;
        const high = ((H[b] ?? 0) + (offset >> 31) + (low >>> 0 < offset >>> 0 ? 1 : 0)) | 0;
        const misses = low >>> 12 !== readPort.low || high !== readPort.high || (low & (wide ? 7 : 3)) !== 0;
        if (misses || readPort.lines[(low & 0xfff) >>> 6] === INVALID) {
          called = true;
          break;
        }
        if (post) {
          const moved = (base + c) | 0;
          H[b] = (H[b] ?? 0) + (c >> 31) + (moved >>> 0 < c >>> 0 ? 1 : 0);
          L[b] = moved;
        }
        const word = (low & 0xfff) >>> 2;
        L[a] = readPort.words[word] ?? 0;
        H[a] = wide ? (readPort.words[word + 1] ?? 0) : 0;
        break;
      }
      case 20: // STR
      case 26: // STR_POST
      case 22: // STR_W
      case 28: {
        // STR_W_POST
        const post = form === STR_POST || form === STR_W_POST;
        const wide = form === STR || form === STR_POST;
        const base = L[b] ?? 0;
        const offset = post ? 0 : c;
        const low = (base + offset) | 0;
        const high = ((H[b] ?? 0) + (offset >> 31) + (low >>> 0 < offset >>> 0 ? 1 : 0)) | 0;
        const misses = low >>> 12 !== writePort.low || high !== writePort.high || (low & (wide ? 7 : 3)) !== 0;
        if (misses || (writePort.lines[(low & 0xfff) >>> 6] ?? 0) < 2) {
          called = true;
          break;
        }
        const word = (low & 0xfff) >>> 2;
        writePort.words[word] = L[a] ?? 0;
        if (wide) writePort.words[word + 1] = H[a] ?? 0;
        if (post) {
          const moved = (base + c) | 0;
          H[b] = (H[b] ?? 0) + (c >> 31) + (moved >>> 0 < c >>> 0 ? 1 : 0);
          L[b] = moved;
        }
        break;
      }
      case 29: // B
        next = a;
        break;
      case 30: // B_NE
        if (cpu.z === 0) next = a;
        break;
      case 31: // B_COND
        if (holds(cpu, b)) next = a;
        break;
      case 32: // CBZ
        if (((L[b] ?? 0) | (H[b] ?? 0)) === 0) next = a;
        break;
      case 33: // CBNZ
        if (((L[b] ?? 0) | (H[b] ?? 0)) !== 0) next = a;
        break;
      default:
        break;
    }
    if (called) {
      // An op may throw: the count has to be right then, and the instruction has not retired.
      cpu.left = left;
      next = ops[index]?.(index) ?? index;
      if (next < 0) {
        cpu.at = index;
        cpu.left = left - 1;
        return next;
      }
    }
    index = next;
    left -= 1;
  }
  cpu.left = left;
  return index;
}
