import type { OperandValue } from '@kexeckit/a64';
import type { Core, Op } from '../core.ts';
import { ADDRESS } from '../registers.ts';
import {
  type Addressing,
  addressHigh,
  addressIn,
  addressing,
  advance,
  type IndexMode,
  loadStaged,
  staged,
  storeStaged,
} from './access.ts';
import { extendedHigh, extendedLow } from './arithmetic.ts';
import { carryOf, LSL, shiftedHigh } from './halves.ts';
import { type Factories, type Factory, field, num, orSp, source, target } from './op.ts';

/** What a load or store of one general-purpose register moves. */
export interface Transfer {
  readonly load: boolean;
  readonly bytes: 1 | 2 | 4 | 8;
  /** Loads only: whether the value is extended by its sign, and whether to 64 bits. */
  readonly signed?: boolean;
  readonly wide?: boolean;
}

/** Moves data between a register and an address: the only place where loads and stores of one register do. */
export function transfer(core: Core, what: Transfer, t: OperandValue | undefined, address: Addressing): Op {
  if (what.bytes === 8) return what.load ? load64(core, target(t), address) : store64(core, source(t), address);
  return what.load ? loadNarrow(core, what, target(t), address) : storeNarrow(core, what.bytes, source(t), address);
}

function load64(core: Core, t: number, address: Addressing): Op {
  const { low: L, high: H } = core.registers;
  const { base, low: offset, high: offsetHigh, advance: by } = address;
  return (index) => {
    const start = L[base] ?? 0;
    const startHigh = H[base] ?? 0;
    const low = (start + offset) | 0;
    const high = addressHigh(start, startHigh, offsetHigh, low);
    if ((low & 7) === 0) {
      const view = core.memory.viewForRead(low, high, index, 0);
      const at = (low & 0xfff) >>> 2;
      L[t] = view[at] ?? 0;
      H[t] = view[at + 1] ?? 0;
    } else {
      loadStaged(core.memory, low, high, index, 8, 7);
      L[t] = staged[0] ?? 0;
      H[t] = staged[1] ?? 0;
    }
    if (by !== 0) advance(core, base, start, startHigh, by);
    return index + 1;
  };
}

function store64(core: Core, t: number, address: Addressing): Op {
  const { low: L, high: H } = core.registers;
  const { base, low: offset, high: offsetHigh, advance: by } = address;
  return (index) => {
    const start = L[base] ?? 0;
    const startHigh = H[base] ?? 0;
    const low = (start + offset) | 0;
    const high = addressHigh(start, startHigh, offsetHigh, low);
    if ((low & 7) === 0) {
      const view = core.memory.viewForWrite(low, high, index, 0);
      const at = (low & 0xfff) >>> 2;
      view[at] = L[t] ?? 0;
      view[at + 1] = H[t] ?? 0;
    } else {
      staged[0] = L[t] ?? 0;
      staged[1] = H[t] ?? 0;
      storeStaged(core.memory, low, high, index, 8, 7);
    }
    if (by !== 0) advance(core, base, start, startHigh, by);
    return index + 1;
  };
}

function loadNarrow(core: Core, { bytes, signed = false, wide = false }: Transfer, t: number, address: Addressing): Op {
  const { low: L, high: H } = core.registers;
  const { base, low: offset, high: offsetHigh, advance: by } = address;
  const unused = 32 - 8 * bytes;
  const alignment = bytes - 1;
  return (index) => {
    const start = L[base] ?? 0;
    const startHigh = H[base] ?? 0;
    const low = (start + offset) | 0;
    const high = addressHigh(start, startHigh, offsetHigh, low);
    let word = 0;
    if ((low & alignment) === 0) {
      word = (core.memory.viewForRead(low, high, index, 0)[(low & 0xfff) >>> 2] ?? 0) >>> (8 * (low & 3));
    } else {
      loadStaged(core.memory, low, high, index, bytes, alignment);
      word = staged[0] ?? 0;
    }
    const value = signed ? (word << unused) >> unused : (word << unused) >>> unused;
    L[t] = value;
    H[t] = signed && wide ? value >> 31 : 0;
    if (by !== 0) advance(core, base, start, startHigh, by);
    return index + 1;
  };
}

function storeNarrow(core: Core, bytes: number, t: number, address: Addressing): Op {
  const { low: L, high: H } = core.registers;
  const { base, low: offset, high: offsetHigh, advance: by } = address;
  const alignment = bytes - 1;
  const mask = (-1 >>> (32 - 8 * bytes)) | 0;
  return (index) => {
    const start = L[base] ?? 0;
    const startHigh = H[base] ?? 0;
    const low = (start + offset) | 0;
    const high = addressHigh(start, startHigh, offsetHigh, low);
    if ((low & alignment) === 0) {
      const view = core.memory.viewForWrite(low, high, index, 0);
      const at = (low & 0xfff) >>> 2;
      const shift = 8 * (low & 3);
      view[at] = ((view[at] ?? 0) & ~(mask << shift)) | (((L[t] ?? 0) & mask) << shift);
    } else {
      staged[0] = L[t] ?? 0;
      storeStaged(core.memory, low, high, index, bytes, alignment);
    }
    if (by !== 0) advance(core, base, start, startHigh, by);
    return index + 1;
  };
}

/** The same as EL0 would be allowed to. */
function asUser(core: Core, what: Transfer, t: OperandValue | undefined, address: Addressing): Op {
  const { low: L, high: H } = core.registers;
  const { base, low: offset, high: offsetHigh } = address;
  const access = transfer(core, what, t, address);
  return (index) => {
    const start = L[base] ?? 0;
    const low = (start + offset) | 0;
    core.memory.checkUser(low, addressHigh(start, H[base] ?? 0, offsetHigh, low), index, what.bytes, !what.load);
    return access(index);
  };
}

/** A form of addressing: it builds the op that moves the data, around the address that its operands mean. */
export type Form = (core: Core, operands: readonly OperandValue[], move: (address: Addressing) => Op) => Op;

/** `[n, #immediate]`, `[n], #immediate` and `[n, #immediate]!`. */
export const indexed =
  (mode: IndexMode): Form =>
  (_, [, n, immediate], move) =>
    move(addressing(mode, n, immediate));

/** `[n, m, extend #amount]`: the address is computed into a slot of its own. */
export const byRegister: Form = (core, [, n, m, extend, amount], move) => {
  const { low: L, high: H } = core.registers;
  const [base, offset, by] = [orSp(n), source(m), num(amount)];
  // Of uxtw, lsl, sxtw and sxtx to the numbers of ExtendReg: 2, 3, 6, 7.
  const named = field('index', extend);
  const kind = 2 + (named & 1) + 2 * (named & 2);
  const access = move(addressIn(ADDRESS));
  return (index) => {
    const extended = extendedLow(kind, L[offset] ?? 0);
    const high = shiftedHigh(LSL, by, extended, extendedHigh(kind, extended, H[offset] ?? 0));
    const a = L[base] ?? 0;
    const b = extended << by;
    const sum = (a + b) | 0;
    L[ADDRESS] = sum;
    H[ADDRESS] = (H[base] ?? 0) + high + carryOf(a, b, sum);
    return access(index);
  };
};

/** The same for bytes, whose amount is a flag that shifts by nothing. */
const byteByRegister: Form = (core, operands, move) => byRegister(core, operands.slice(0, 4), move);

/** Relative to the instruction: a literal. */
export const literal: Form = (core, [, offset], move) => {
  const { low: L, high: H } = core.registers;
  const access = move(addressIn(ADDRESS));
  return (index) => {
    const { low, high } = core.flow.relative(index, num(offset));
    L[ADDRESS] = low;
    H[ADDRESS] = high;
    return access(index);
  };
};

/** A load or store of one general-purpose register with a form of addressing. */
const at =
  (form: Form, what: Transfer): Factory =>
  (core, operands) =>
    form(core, operands, (address) => transfer(core, what, operands[0], address));

/** LDTR* and STTR*. */
const unprivileged =
  (what: Transfer): Factory =>
  (core, operands) =>
    offset(core, operands, (address) => asUser(core, what, operands[0], address));

const offset = indexed('offset');
const post = indexed('post');
const pre = indexed('pre');

const load = (bytes: 1 | 2 | 4 | 8): Transfer => ({ load: true, bytes });
const store = (bytes: 1 | 2 | 4 | 8): Transfer => ({ load: false, bytes });
const loadSigned = (bytes: 1 | 2 | 4, wide: boolean): Transfer => ({ load: true, bytes, signed: true, wide });

const nothing: Factory = () => (index) => index + 1;

/**
 * Loads and stores of one general-purpose register (Arm ARM C4.1.95). Acquire and release order nothing here.
 */
export const loadsAndStores: Factories = {
  'ldr.literal': at(literal, load(8)),
  'ldr.literal.w': at(literal, load(4)),
  'ldrsw.literal': at(literal, loadSigned(4, true)),
  'prfm.literal': nothing,
  prfm: nothing,
  'prfm.reg': nothing,
  prfum: nothing,

  strb: at(offset, store(1)),
  ldrb: at(offset, load(1)),
  ldrsb: at(offset, loadSigned(1, true)),
  'ldrsb.w': at(offset, loadSigned(1, false)),
  strh: at(offset, store(2)),
  ldrh: at(offset, load(2)),
  ldrsh: at(offset, loadSigned(2, true)),
  'ldrsh.w': at(offset, loadSigned(2, false)),
  str: at(offset, store(8)),
  'str.w': at(offset, store(4)),
  ldr: at(offset, load(8)),
  'ldr.w': at(offset, load(4)),
  ldrsw: at(offset, loadSigned(4, true)),

  'strb.reg': at(byteByRegister, store(1)),
  'ldrb.reg': at(byteByRegister, load(1)),
  'ldrsb.reg': at(byteByRegister, loadSigned(1, true)),
  'ldrsb.reg.w': at(byteByRegister, loadSigned(1, false)),
  'strh.reg': at(byRegister, store(2)),
  'ldrh.reg': at(byRegister, load(2)),
  'ldrsh.reg': at(byRegister, loadSigned(2, true)),
  'ldrsh.reg.w': at(byRegister, loadSigned(2, false)),
  'str.reg': at(byRegister, store(8)),
  'str.reg.w': at(byRegister, store(4)),
  'ldr.reg': at(byRegister, load(8)),
  'ldr.reg.w': at(byRegister, load(4)),
  'ldrsw.reg': at(byRegister, loadSigned(4, true)),

  sturb: at(offset, store(1)),
  ldurb: at(offset, load(1)),
  ldursb: at(offset, loadSigned(1, true)),
  'ldursb.w': at(offset, loadSigned(1, false)),
  sturh: at(offset, store(2)),
  ldurh: at(offset, load(2)),
  ldursh: at(offset, loadSigned(2, true)),
  'ldursh.w': at(offset, loadSigned(2, false)),
  stur: at(offset, store(8)),
  'stur.w': at(offset, store(4)),
  ldur: at(offset, load(8)),
  'ldur.w': at(offset, load(4)),
  ldursw: at(offset, loadSigned(4, true)),

  sttrb: unprivileged(store(1)),
  ldtrb: unprivileged(load(1)),
  ldtrsb: unprivileged(loadSigned(1, true)),
  'ldtrsb.w': unprivileged(loadSigned(1, false)),
  sttrh: unprivileged(store(2)),
  ldtrh: unprivileged(load(2)),
  ldtrsh: unprivileged(loadSigned(2, true)),
  'ldtrsh.w': unprivileged(loadSigned(2, false)),
  sttr: unprivileged(store(8)),
  'sttr.w': unprivileged(store(4)),
  ldtr: unprivileged(load(8)),
  'ldtr.w': unprivileged(load(4)),
  ldtrsw: unprivileged(loadSigned(4, true)),

  'strb.post': at(post, store(1)),
  'ldrb.post': at(post, load(1)),
  'ldrsb.post': at(post, loadSigned(1, true)),
  'ldrsb.post.w': at(post, loadSigned(1, false)),
  'strh.post': at(post, store(2)),
  'ldrh.post': at(post, load(2)),
  'ldrsh.post': at(post, loadSigned(2, true)),
  'ldrsh.post.w': at(post, loadSigned(2, false)),
  'str.post': at(post, store(8)),
  'str.post.w': at(post, store(4)),
  'ldr.post': at(post, load(8)),
  'ldr.post.w': at(post, load(4)),
  'ldrsw.post': at(post, loadSigned(4, true)),

  'strb.pre': at(pre, store(1)),
  'ldrb.pre': at(pre, load(1)),
  'ldrsb.pre': at(pre, loadSigned(1, true)),
  'ldrsb.pre.w': at(pre, loadSigned(1, false)),
  'strh.pre': at(pre, store(2)),
  'ldrh.pre': at(pre, load(2)),
  'ldrsh.pre': at(pre, loadSigned(2, true)),
  'ldrsh.pre.w': at(pre, loadSigned(2, false)),
  'str.pre': at(pre, store(8)),
  'str.pre.w': at(pre, store(4)),
  'ldr.pre': at(pre, load(8)),
  'ldr.pre.w': at(pre, load(4)),
  'ldrsw.pre': at(pre, loadSigned(4, true)),
};
