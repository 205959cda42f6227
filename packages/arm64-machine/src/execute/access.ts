import type { OperandValue } from '@kexeckit/a64';
import type { Core, MemoryAccess } from '../core.ts';
import { funnel } from './halves.ts';
import { num, orSp } from './op.ts';

/** What an address adds to its base register: a constant, as halves; and how the base moves afterwards. */
export interface Addressing {
  readonly base: number;
  readonly low: number;
  readonly high: number;
  /** Zero where the base stays. */
  readonly advance: number;
}

/** How an immediate takes part in an address. */
export type IndexMode = 'offset' | 'post' | 'pre';

/** The address of a base register and an immediate. */
export function addressing(
  mode: IndexMode,
  base: OperandValue | undefined,
  immediate: OperandValue | undefined,
): Addressing {
  const by = num(immediate);
  const offset = mode === 'post' ? 0 : by;
  return { base: orSp(base), low: offset, high: offset >> 31, advance: mode === 'offset' ? 0 : by };
}

/** The address that an instruction has left in a register slot. */
export const addressIn = (slot: number): Addressing => ({ base: slot, low: 0, high: 0, advance: 0 });

/** The high half of an address whose low half, after adding a constant to a base, is `low`. */
export const addressHigh = (base: number, baseHigh: number, constantHigh: number, low: number): number =>
  (baseHigh + constantHigh + (low >>> 0 < base >>> 0 ? 1 : 0)) | 0;

/** The high half of the address `by` bytes after one, where 0 <= by < 2^31 and `low` is the new low half. */
export const afterHigh = (before: number, high: number, low: number): number =>
  low >>> 0 < before >>> 0 ? (high + 1) | 0 : high;

/** Moves a base register on from what it was before the access. */
export function advance(core: Core, base: number, start: number, startHigh: number, by: number): void {
  const after = (start + by) | 0;
  core.registers.high[base] = addressHigh(start, startHigh, by >> 31, after);
  core.registers.low[base] = after;
}

/** The bits of an address that say where in its cache line it is. */
export const inLineOf = ({ readPort }: MemoryAccess): number => (1 << readPort.lineShift) - 1;

/** An access that need not be aligned passes through here: up to four words, the lowest first. */
export const staged: Int32Array = new Int32Array(4);

/** The words around an unaligned access. */
const around = new Int32Array(5);

/** Which bytes of a word are from byte `first` to before byte `end` of it; both may lie outside. */
function byteMask(first: number, end: number): number {
  const from = first <= 0 ? -1 : first >= 4 ? 0 : -1 << (8 * first);
  const to = end >= 4 ? -1 : end <= 0 ? 0 : ~(-1 << (8 * end));
  return from & to;
}

/**
 * Loads 1 to 16 bytes from any address into `staged`; bytes after them are undefined. Parts that lie in one cache line
 * cost one look at it.
 */
export function loadStaged(
  memory: MemoryAccess,
  low: number,
  high: number,
  index: number,
  bytes: number,
  alignment: number,
): void {
  let view = memory.viewForRead(low, high, index, alignment);
  const inLine = inLineOf(memory);
  const skipped = low & 3;
  const first = low - skipped;
  const words = (skipped + bytes + 3) >> 2;
  for (let word = 0; word < words; word++) {
    const at = (first + 4 * word) | 0;
    if (word > 0 && (at & inLine) === 0) view = memory.viewForRead(at, afterHigh(low, high, at), index, 0);
    around[word] = view[(at & 0xfff) >>> 2] ?? 0;
  }
  for (let word = 0; word < 4; word++) staged[word] = funnel(around[word + 1] ?? 0, around[word] ?? 0, 8 * skipped);
}

/** Stores 1 to 16 bytes of `staged` to any address: none where the translation of any fails. */
export function storeStaged(
  memory: MemoryAccess,
  low: number,
  high: number,
  index: number,
  bytes: number,
  alignment: number,
): void {
  const skipped = low & 3;
  const first = low - skipped;
  probeWrite(memory, low, high, index, bytes, alignment);
  let view = memory.viewForWrite(low, high, index, alignment);
  const inLine = inLineOf(memory);
  const words = (skipped + bytes + 3) >> 2;
  for (let word = 0; word < words; word++) {
    const at = (first + 4 * word) | 0;
    if (word > 0 && (at & inLine) === 0) view = memory.viewForWrite(at, afterHigh(low, high, at), index, 0);
    const mask = byteMask(skipped - 4 * word, skipped + bytes - 4 * word);
    const value = shiftedIn(word, 8 * skipped);
    const slot = (at & 0xfff) >>> 2;
    view[slot] = ((view[slot] ?? 0) & ~mask) | (value & mask);
  }
}

/** Faults where a store of so many bytes, at most a page, that goes on in another page would fault in either. */
export function probeWrite(
  memory: MemoryAccess,
  low: number,
  high: number,
  index: number,
  bytes: number,
  alignment: number,
): void {
  const last = (low + bytes - 1) | 0;
  if (((low ^ last) & ~0xfff) === 0) return;
  memory.viewForWrite(low, high, index, alignment);
  memory.viewForWrite(last & ~0xfff, afterHigh(low, high, last), index, 0);
}

/** Word `word` of `staged` shifted left by 0, 8, 16 or 24 bits as one long number. */
function shiftedIn(word: number, by: number): number {
  const own = word < 4 ? (staged[word] ?? 0) : 0;
  const below = word > 0 ? (staged[word - 1] ?? 0) : 0;
  return (own << by) | ((below >>> 1) >>> (31 - by));
}
