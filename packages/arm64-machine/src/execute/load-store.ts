import type { OperandValue } from '@kexeckit/a64';
import type { Cpu } from '../cpu.ts';
import { LINE_SIZE } from '../frame.ts';
import { type Factories, type Factory, num, type Op, orSp, source, target } from './op.ts';

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

/** Loads and stores. */
export const loadsAndStores: Factories = {
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
};
