import type { Core, Op } from '../core.ts';
import { FRAME_SIZE } from '../sizes.ts';
import { type Addressing, addressHigh, addressing, loadStaged, staged, storeStaged } from './access.ts';
import { transfer } from './load-store.ts';
import { type Factories, type Factory, orSp, source, target } from './op.ts';

/** Faults where an address is not a multiple of the access: atomic and ordered accesses want that of all memory. */
export function requireAligned(
  core: Core,
  low: number,
  high: number,
  index: number,
  bytes: number,
  write = false,
): void {
  if ((low & (bytes - 1)) === 0) return;
  core.exceptions.fault(
    'alignment-fault',
    low,
    high,
    index,
    `an atomic or ordered access that is not aligned to ${bytes} bytes`,
    write,
  );
}

/** The physical address that an access is at. */
function physical(core: Core, low: number, high: number, index: number): number {
  const { cacheable, pfn } = core.memory.translate(low, high, index);
  // Real interconnects may abort such an access past the cache, or hang on it.
  if (core.strict && !cacheable)
    core.exceptions.fault('uncached-exclusive', low, high, index, 'the access does not go through the data cache');
  return pfn * FRAME_SIZE + (low & 0xfff);
}

type Size = 1 | 2 | 4 | 8;

/** LDXR and its kin, of one register or a pair. */
function loadExclusive(bytes: Size, pair: boolean): Factory {
  return (core, operands) => {
    const { low: L, high: H } = core.registers;
    const monitor = core.exclusive;
    const [t, u, n] = pair ? operands : [operands[0], 31, operands[1]];
    const [first, second, base] = [target(t), target(u), orSp(n)];
    const total = pair ? 2 * bytes : bytes;
    const mask = bytes < 4 ? (1 << (8 * bytes)) - 1 : -1;
    return (index) => {
      const low = L[base] ?? 0;
      const high = H[base] ?? 0;
      requireAligned(core, low, high, index, total);
      loadStaged(core.memory, low, high, index, total, 0);
      monitor.mark(physical(core, low, high, index), total);
      const upper = bytes === 8 ? 2 : 1;
      L[first] = (staged[0] ?? 0) & mask;
      H[first] = bytes === 8 ? (staged[1] ?? 0) : 0;
      if (pair) {
        L[second] = staged[upper] ?? 0;
        H[second] = bytes === 8 ? (staged[3] ?? 0) : 0;
      }
      return index + 1;
    };
  };
}

/** STXR and its kin: the first operand becomes 0 where the store happened, else 1. */
function storeExclusive(bytes: Size, pair: boolean): Factory {
  return (core, operands) => {
    const { low: L, high: H } = core.registers;
    const monitor = core.exclusive;
    const [s, t, u, n] = pair ? operands : [operands[0], operands[1], 31, operands[2]];
    const [status, first, second, base] = [target(s), source(t), source(u), orSp(n)];
    const total = pair ? 2 * bytes : bytes;
    return (index) => {
      const low = L[base] ?? 0;
      const high = H[base] ?? 0;
      requireAligned(core, low, high, index, total, true);
      // Translated as a store, so that it faults as one even where it will not happen.
      core.memory.viewForWrite(low, high, index, 0);
      const done = monitor.take(physical(core, low, high, index), total);
      if (done) {
        const upper = bytes === 8 ? 2 : 1;
        staged[0] = L[first] ?? 0;
        staged[1] = H[first] ?? 0;
        if (pair) {
          staged[upper] = L[second] ?? 0;
          staged[upper + 1] = H[second] ?? 0;
        }
        storeStaged(core.memory, low, high, index, total, 0);
      }
      L[status] = done ? 0 : 1;
      H[status] = 0;
      return index + 1;
    };
  };
}

/** An acquiring load or releasing store: as a plain one, which must be aligned. */
function ordered(load: boolean, bytes: Size, signed: 'no' | 'to 64' | 'to 32' = 'no'): Factory {
  return (core, [t, n, immediate]) => {
    const address = addressing('offset', n, immediate);
    const what = { load, bytes, signed: signed !== 'no', wide: signed === 'to 64' };
    const access = transfer(core, what, t, address);
    return bytes === 1 ? access : aligned(core, address, bytes, !load, access);
  };
}

function aligned(
  core: Core,
  { base, low: offset, high: offsetHigh }: Addressing,
  ...[bytes, write, access]: [Size, boolean, Op]
): Op {
  const { low: L, high: H } = core.registers;
  return (index) => {
    const start = L[base] ?? 0;
    const low = (start + offset) | 0;
    requireAligned(core, low, addressHigh(start, H[base] ?? 0, offsetHigh, low), index, bytes, write);
    return access(index);
  };
}

const clear: Factory = (core) => {
  const monitor = core.exclusive;
  return (index) => {
    monitor.clear();
    return index + 1;
  };
};

/** Exclusive, acquiring and releasing accesses. One CPU runs at a time, so order needs no more than program order. */
export const exclusives: Factories = {
  clrex: clear,
  ldxrb: loadExclusive(1, false),
  ldaxrb: loadExclusive(1, false),
  stxrb: storeExclusive(1, false),
  stlxrb: storeExclusive(1, false),
  ldarb: ordered(true, 1),
  ldlarb: ordered(true, 1),
  ldaprb: ordered(true, 1),
  ldapurb: ordered(true, 1),
  stlrb: ordered(false, 1),
  stllrb: ordered(false, 1),
  stlurb: ordered(false, 1),
  ldxrh: loadExclusive(2, false),
  ldaxrh: loadExclusive(2, false),
  stxrh: storeExclusive(2, false),
  stlxrh: storeExclusive(2, false),
  ldarh: ordered(true, 2),
  ldlarh: ordered(true, 2),
  ldaprh: ordered(true, 2),
  ldapurh: ordered(true, 2),
  stlrh: ordered(false, 2),
  stllrh: ordered(false, 2),
  stlurh: ordered(false, 2),
  ldxr: loadExclusive(8, false),
  ldaxr: loadExclusive(8, false),
  stxr: storeExclusive(8, false),
  stlxr: storeExclusive(8, false),
  ldar: ordered(true, 8),
  ldlar: ordered(true, 8),
  ldapr: ordered(true, 8),
  ldapur: ordered(true, 8),
  stlr: ordered(false, 8),
  stllr: ordered(false, 8),
  stlur: ordered(false, 8),
  'ldxr.w': loadExclusive(4, false),
  'ldaxr.w': loadExclusive(4, false),
  'stxr.w': storeExclusive(4, false),
  'stlxr.w': storeExclusive(4, false),
  'ldar.w': ordered(true, 4),
  'ldlar.w': ordered(true, 4),
  'ldapr.w': ordered(true, 4),
  'ldapur.w': ordered(true, 4),
  'stlr.w': ordered(false, 4),
  'stllr.w': ordered(false, 4),
  'stlur.w': ordered(false, 4),
  ldxp: loadExclusive(8, true),
  'ldxp.w': loadExclusive(4, true),
  ldaxp: loadExclusive(8, true),
  'ldaxp.w': loadExclusive(4, true),
  stxp: storeExclusive(8, true),
  'stxp.w': storeExclusive(4, true),
  stlxp: storeExclusive(8, true),
  'stlxp.w': storeExclusive(4, true),
  ldapursb: ordered(true, 1, 'to 64'),
  'ldapursb.w': ordered(true, 1, 'to 32'),
  ldapursh: ordered(true, 2, 'to 64'),
  'ldapursh.w': ordered(true, 2, 'to 32'),
  ldapursw: ordered(true, 4, 'to 64'),
};
