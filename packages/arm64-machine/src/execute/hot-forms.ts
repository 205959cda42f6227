import { type Decoded, fieldOfName, type OperandValue } from '@kexeckit/a64';
import { FRAME_WORDS, LINE_SIZE, lineShiftOf } from '../sizes.ts';
import { big, highHalf, lowHalf, num, orSp, source, target } from './op.ts';

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

const HOT_LINE_SHIFT = lineShiftOf(LINE_SIZE);

/** Words that an instruction is kept as: its form with two or three small operands, and one operand of any size. */
export const FIELDS = 2;

/** A form, its operands `a` and `b` (at most 255), `c` (any 32-bit number) and `d` (at most 511). */
type Fields = readonly [form: number, a: number, b: number, c: number, d?: number];

/**
 * Keeps an instruction for `runHot`; what is not hot is called.
 *
 * @param lineShift that of the data cache's lines: `runHot` counts lines of 64 bytes, and knows no others.
 */
export function keepHot(decoded: Decoded, code: Int32Array, index: number, lineShift: number): void {
  const isCalled = lineShift !== HOT_LINE_SHIFT && accessesMemory(decoded);
  const [form, a, b, c, d = 0] = (isCalled ? undefined : fieldsOf(decoded, index)) ?? [CALL, 0, 0, 0];
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

const accessesMemory = ({ id }: Decoded): boolean => Object.hasOwn(memoryForms, id) || /^(ldr\.q|ld1)/.test(id);

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
  if (goal < 0 || goal >= FRAME_WORDS) return undefined;
  const [first, second] = operands;
  if (form === B) return [B, 0, 0, goal];
  if (form !== B_COND) return [form, 0, source(first), goal, form === TBZ || form === TBNZ ? num(second) : 0];
  const condition = fieldOfName('cond', String(first)) ?? 0;
  return [condition === 1 ? B_NE : B_COND, 0, condition, goal];
}
