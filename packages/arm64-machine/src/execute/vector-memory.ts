import type { Core, Op } from '../core.ts';
import {
  type Addressing,
  addressHigh,
  addressing,
  advance,
  afterHigh,
  type IndexMode,
  loadStaged,
  probeWrite,
  staged,
  storeStaged,
} from './access.ts';
import { carryOf } from './halves.ts';
import { byRegister, type Form, indexed, literal } from './load-store.ts';
import { type Factories, type Factory, field, num, orSp, source } from './op.ts';

/**
 * Moves consecutive bytes between memory and SIMD registers.
 *
 * @param bytes of each register: 8 or 16. A load of 8 clears the upper half.
 * @param alignment what Device memory wants, as a mask.
 */
function moveVectors(
  core: Core,
  load: boolean,
  bytes: 8 | 16,
  registers: readonly number[],
  address: Addressing,
  alignment: number,
): Op {
  const { low: L, high: H } = core.registers;
  const { base, low: offset, high: offsetHigh, advance: by } = address;
  const slots = Int32Array.from(registers, (register) => 4 * register);
  const move = load ? loadVector : storeVector;
  const total = bytes * slots.length;
  return (index) => {
    const start = L[base] ?? 0;
    const startHigh = H[base] ?? 0;
    const low = (start + offset) | 0;
    const high = addressHigh(start, startHigh, offsetHigh, low);
    if (!load) probeWrite(core.memory, low, high, index, total, alignment);
    for (let turn = 0; turn < slots.length; turn++) {
      const at = (low + turn * bytes) | 0;
      move(core, slots[turn] ?? 0, at, afterHigh(low, high, at), index, bytes, alignment);
    }
    if (by !== 0) advance(core, base, start, startHigh, by);
    return index + 1;
  };
}

function loadVector(
  core: Core,
  slot: number,
  low: number,
  high: number,
  index: number,
  bytes: number,
  alignment: number,
): void {
  const V = core.vectors.words;
  if ((low & (bytes - 1)) === 0) {
    const view = core.memory.viewForRead(low, high, index, 0);
    const at = (low & 0xfff) >>> 2;
    V[slot] = view[at] ?? 0;
    V[slot + 1] = view[at + 1] ?? 0;
    V[slot + 2] = bytes === 16 ? (view[at + 2] ?? 0) : 0;
    V[slot + 3] = bytes === 16 ? (view[at + 3] ?? 0) : 0;
  } else {
    loadStaged(core.memory, low, high, index, bytes, alignment);
    V[slot] = staged[0] ?? 0;
    V[slot + 1] = staged[1] ?? 0;
    V[slot + 2] = bytes === 16 ? (staged[2] ?? 0) : 0;
    V[slot + 3] = bytes === 16 ? (staged[3] ?? 0) : 0;
  }
}

function storeVector(
  core: Core,
  slot: number,
  low: number,
  high: number,
  index: number,
  bytes: number,
  alignment: number,
): void {
  const V = core.vectors.words;
  if ((low & (bytes - 1)) === 0) {
    const view = core.memory.viewForWrite(low, high, index, 0);
    const at = (low & 0xfff) >>> 2;
    view[at] = V[slot] ?? 0;
    view[at + 1] = V[slot + 1] ?? 0;
    if (bytes === 8) return;
    view[at + 2] = V[slot + 2] ?? 0;
    view[at + 3] = V[slot + 3] ?? 0;
  } else {
    for (let word = 0; word < 4; word++) staged[word] = V[slot + word] ?? 0;
    storeStaged(core.memory, low, high, index, bytes, alignment);
  }
}

/** LDR and STR of a SIMD register. */
const single =
  (form: Form, load: boolean, bytes: 8 | 16): Factory =>
  (core, operands) =>
    form(core, operands, (address) => moveVectors(core, load, bytes, [num(operands[0])], address, bytes - 1));

/** LDP and STP of SIMD registers. */
const pair =
  (load: boolean, mode: IndexMode, bytes: 8 | 16): Factory =>
  (core, [t, u, n, immediate]) =>
    moveVectors(core, load, bytes, [num(t), num(u)], addressing(mode, n, immediate), bytes - 1);

/** LD1 and ST1 of one to four whole registers: element by element, so Device memory wants them aligned to that. */
function structure(load: boolean, count: number, mode: 'offset' | 'post'): Factory {
  return (core, [arrangement, t, n]) => {
    const registers = Array.from({ length: count }, (_, at) => (num(t) + at) % 32);
    const alignment = (1 << field('arrangement', arrangement)) - 1;
    return moveVectors(core, load, 16, registers, addressing(mode, n, mode === 'post' ? 16 * count : 0), alignment);
  };
}

/** The same, with the base moved by a register afterwards. */
function structureByRegister(load: boolean, count: number): Factory {
  const factory = structure(load, count, 'offset');
  return (core, [arrangement, t, n, m]) => {
    const { low: L, high: H } = core.registers;
    const [base, by] = [orSp(n), source(m)];
    const access = factory(core, [arrangement ?? '', num(t), num(n), 0]);
    return (index) => {
      const next = access(index);
      const a = L[base] ?? 0;
      const b = L[by] ?? 0;
      const sum = (a + b) | 0;
      H[base] = (H[base] ?? 0) + (H[by] ?? 0) + carryOf(a, b, sum);
      L[base] = sum;
      return next;
    };
  };
}

const offset = indexed('offset');
const post = indexed('post');
const pre = indexed('pre');

/** Loads and stores of SIMD registers. */
export const vectorLoadsAndStores: Factories = {
  'ldr.d.literal': single(literal, true, 8),
  'ldr.q.literal': single(literal, true, 16),
  'str.d': single(offset, false, 8),
  'str.d.reg': single(byRegister, false, 8),
  'stur.d': single(offset, false, 8),
  'str.d.post': single(post, false, 8),
  'str.d.pre': single(pre, false, 8),
  'ldr.d': single(offset, true, 8),
  'ldr.d.reg': single(byRegister, true, 8),
  'ldur.d': single(offset, true, 8),
  'ldr.d.post': single(post, true, 8),
  'ldr.d.pre': single(pre, true, 8),
  'str.q': single(offset, false, 16),
  'str.q.reg': single(byRegister, false, 16),
  'stur.q': single(offset, false, 16),
  'str.q.post': single(post, false, 16),
  'str.q.pre': single(pre, false, 16),
  'ldr.q': single(offset, true, 16),
  'ldr.q.reg': single(byRegister, true, 16),
  'ldur.q': single(offset, true, 16),
  'ldr.q.post': single(post, true, 16),
  'ldr.q.pre': single(pre, true, 16),
  'stp.d': pair(false, 'offset', 8),
  'stp.d.post': pair(false, 'post', 8),
  'stp.d.pre': pair(false, 'pre', 8),
  'ldp.d': pair(true, 'offset', 8),
  'ldp.d.post': pair(true, 'post', 8),
  'ldp.d.pre': pair(true, 'pre', 8),
  'stp.q': pair(false, 'offset', 16),
  'stp.q.post': pair(false, 'post', 16),
  'stp.q.pre': pair(false, 'pre', 16),
  'ldp.q': pair(true, 'offset', 16),
  'ldp.q.post': pair(true, 'post', 16),
  'ldp.q.pre': pair(true, 'pre', 16),
  'stnp.d': pair(false, 'offset', 8),
  'ldnp.d': pair(true, 'offset', 8),
  'stnp.q': pair(false, 'offset', 16),
  'ldnp.q': pair(true, 'offset', 16),
  'st1.x1': structure(false, 1, 'offset'),
  'st1.x1.post': structure(false, 1, 'post'),
  'st1.x1.post.reg': structureByRegister(false, 1),
  'st1.x2': structure(false, 2, 'offset'),
  'st1.x2.post': structure(false, 2, 'post'),
  'st1.x2.post.reg': structureByRegister(false, 2),
  'st1.x3': structure(false, 3, 'offset'),
  'st1.x3.post': structure(false, 3, 'post'),
  'st1.x3.post.reg': structureByRegister(false, 3),
  'st1.x4': structure(false, 4, 'offset'),
  'st1.x4.post': structure(false, 4, 'post'),
  'st1.x4.post.reg': structureByRegister(false, 4),
  'ld1.x1': structure(true, 1, 'offset'),
  'ld1.x1.post': structure(true, 1, 'post'),
  'ld1.x1.post.reg': structureByRegister(true, 1),
  'ld1.x2': structure(true, 2, 'offset'),
  'ld1.x2.post': structure(true, 2, 'post'),
  'ld1.x2.post.reg': structureByRegister(true, 2),
  'ld1.x3': structure(true, 3, 'offset'),
  'ld1.x3.post': structure(true, 3, 'post'),
  'ld1.x3.post.reg': structureByRegister(true, 3),
  'ld1.x4': structure(true, 4, 'offset'),
  'ld1.x4.post': structure(true, 4, 'post'),
  'ld1.x4.post.reg': structureByRegister(true, 4),
};
