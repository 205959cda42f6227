import type { Core, Op } from '../core.ts';
import {
  type Addressing,
  addressHigh,
  addressing,
  advance,
  type IndexMode,
  inLineOf,
  loadStaged,
  staged,
  storeStaged,
} from './access.ts';
import { type Factories, type Factory, source, target } from './op.ts';

/** A pair of 64-bit registers is one access of 16 bytes where it lies in one line. */
function load64(core: Core, first: number, second: number, address: Addressing): Op {
  const { low: L, high: H } = core.registers;
  const inLine = inLineOf(core.memory);
  const { base, low: offset, high: offsetHigh, advance: by } = address;
  return (index) => {
    const start = L[base] ?? 0;
    const startHigh = H[base] ?? 0;
    const low = (start + offset) | 0;
    const high = addressHigh(start, startHigh, offsetHigh, low);
    if ((low & 7) === 0 && (low & inLine) <= inLine - 15) {
      const view = core.memory.viewForRead(low, high, index, 0);
      const at = (low & 0xfff) >>> 2;
      L[first] = view[at] ?? 0;
      H[first] = view[at + 1] ?? 0;
      L[second] = view[at + 2] ?? 0;
      H[second] = view[at + 3] ?? 0;
    } else {
      loadStaged(core.memory, low, high, index, 16, 7);
      L[first] = staged[0] ?? 0;
      H[first] = staged[1] ?? 0;
      L[second] = staged[2] ?? 0;
      H[second] = staged[3] ?? 0;
    }
    if (by !== 0) advance(core, base, start, startHigh, by);
    return index + 1;
  };
}

function store64(core: Core, first: number, second: number, address: Addressing): Op {
  const { low: L, high: H } = core.registers;
  const inLine = inLineOf(core.memory);
  const { base, low: offset, high: offsetHigh, advance: by } = address;
  return (index) => {
    const start = L[base] ?? 0;
    const startHigh = H[base] ?? 0;
    const low = (start + offset) | 0;
    const high = addressHigh(start, startHigh, offsetHigh, low);
    if ((low & 7) === 0 && (low & inLine) <= inLine - 15) {
      const view = core.memory.viewForWrite(low, high, index, 0);
      const at = (low & 0xfff) >>> 2;
      view[at] = L[first] ?? 0;
      view[at + 1] = H[first] ?? 0;
      view[at + 2] = L[second] ?? 0;
      view[at + 3] = H[second] ?? 0;
    } else {
      staged[0] = L[first] ?? 0;
      staged[1] = H[first] ?? 0;
      staged[2] = L[second] ?? 0;
      staged[3] = H[second] ?? 0;
      storeStaged(core.memory, low, high, index, 16, 7);
    }
    if (by !== 0) advance(core, base, start, startHigh, by);
    return index + 1;
  };
}

/** Pairs of 32-bit registers, and LDPSW, which extends them. */
function move32(core: Core, load: boolean, signed: boolean, first: number, second: number, address: Addressing): Op {
  const { low: L, high: H } = core.registers;
  const { base, low: offset, high: offsetHigh, advance: by } = address;
  return (index) => {
    const start = L[base] ?? 0;
    const startHigh = H[base] ?? 0;
    const low = (start + offset) | 0;
    const high = addressHigh(start, startHigh, offsetHigh, low);
    if (load) {
      loadStaged(core.memory, low, high, index, 8, 3);
      const a = staged[0] ?? 0;
      const b = staged[1] ?? 0;
      L[first] = a;
      H[first] = signed ? a >> 31 : 0;
      L[second] = b;
      H[second] = signed ? b >> 31 : 0;
    } else {
      staged[0] = L[first] ?? 0;
      staged[1] = L[second] ?? 0;
      storeStaged(core.memory, low, high, index, 8, 3);
    }
    if (by !== 0) advance(core, base, start, startHigh, by);
    return index + 1;
  };
}

/** LDP and STP of general-purpose registers. Non-temporal is a hint. */
function pair(load: boolean, mode: IndexMode, kind: 'wide' | 'narrow' | 'signed'): Factory {
  return (core, [t, u, n, immediate]) => {
    const address = addressing(mode, n, immediate);
    const [first, second] = load ? [target(t), target(u)] : [source(t), source(u)];
    if (kind !== 'wide') return move32(core, load, kind === 'signed', first, second, address);
    return load ? load64(core, first, second, address) : store64(core, first, second, address);
  };
}

/** Loads and stores of pairs of general-purpose registers. */
export const pairs: Factories = {
  stp: pair(false, 'offset', 'wide'),
  'stp.w': pair(false, 'offset', 'narrow'),
  'stp.post': pair(false, 'post', 'wide'),
  'stp.post.w': pair(false, 'post', 'narrow'),
  'stp.pre': pair(false, 'pre', 'wide'),
  'stp.pre.w': pair(false, 'pre', 'narrow'),
  ldp: pair(true, 'offset', 'wide'),
  'ldp.w': pair(true, 'offset', 'narrow'),
  'ldp.post': pair(true, 'post', 'wide'),
  'ldp.post.w': pair(true, 'post', 'narrow'),
  'ldp.pre': pair(true, 'pre', 'wide'),
  'ldp.pre.w': pair(true, 'pre', 'narrow'),
  ldpsw: pair(true, 'offset', 'signed'),
  'ldpsw.post': pair(true, 'post', 'signed'),
  'ldpsw.pre': pair(true, 'pre', 'signed'),
  stnp: pair(false, 'offset', 'wide'),
  'stnp.w': pair(false, 'offset', 'narrow'),
  ldnp: pair(true, 'offset', 'wide'),
  'ldnp.w': pair(true, 'offset', 'narrow'),
};
