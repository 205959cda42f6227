import type { OperandValue } from '@kexeckit/a64';
import type { Core, Op } from '../core.ts';
import { SMALLEST_LINE } from '../sizes.ts';
import { setFlags } from './flags.ts';
import { carryOf } from './halves.ts';
import { type Factories, type Factory, num, source } from './op.ts';

// CPY* and SET* (FEAT_MOPS, Arm ARM C6.1.2), by option A: after the prologue C is clear, and the count runs towards zero,
// from below it with the addresses at the ends (forwards), or from above it with the addresses at the starts (backwards).
// The prologue copies nothing, the main part all but the last few bytes, the epilogue those. Each part moves its count on
// line by line, so that after a fault it goes on where it was. Non-temporal is a hint.

type Part = 'prologue' | 'main' | 'epilogue';

/** How many bytes the main part leaves to the epilogue, if there are so many: a whole tag granule. */
const LEFT_TO_EPILOGUE = 16;

/** The most that CPYF* and SET* take, and the most that CPY* take, as high halves. */
const MOST = 0x7fffffff;
const MOST_EITHER_WAY = 0x007fffff;

/** Brings the count down to the most that the instruction takes. */
function saturate(core: Core, n: number, mostHigh: number): void {
  const { low: L, high: H } = core.registers;
  if ((H[n] ?? 0) >>> 0 <= mostHigh) return;
  L[n] = -1;
  H[n] = mostHigh;
}

/** register += count, as 64-bit values in slots. */
function addCount(core: Core, register: number, n: number): void {
  const { low: L, high: H } = core.registers;
  const a = L[register] ?? 0;
  const b = L[n] ?? 0;
  const sum = (a + b) | 0;
  H[register] = (H[register] ?? 0) + (H[n] ?? 0) + carryOf(a, b, sum);
  L[register] = sum;
}

/** count = -count. */
function negate(core: Core, n: number): void {
  const { low: L, high: H } = core.registers;
  const low = L[n] ?? 0;
  H[n] = ~(H[n] ?? 0) + (low === 0 ? 1 : 0);
  L[n] = -low;
}

/** count += by. */
function moveCount(core: Core, n: number, by: number): void {
  const { low: L, high: H } = core.registers;
  const before = L[n] ?? 0;
  const after = (before + by) | 0;
  H[n] = (H[n] ?? 0) + (by >> 31) + carryOf(before, by, after);
  L[n] = after;
}

/** The count as a number; beyond 2^53 it is near enough, since only its size counts there. */
const countOf = (core: Core, n: number): number =>
  (core.registers.high[n] ?? 0) * 2 ** 32 + ((core.registers.low[n] ?? 0) >>> 0);

/** The halves of register + count - back. */
const endLow = (core: Core, register: number, n: number, back: number): number =>
  ((core.registers.low[register] ?? 0) + (core.registers.low[n] ?? 0) - back) | 0;

function endHigh(core: Core, register: number, n: number, back: number): number {
  const { low: L, high: H } = core.registers;
  const a = L[register] ?? 0;
  const b = L[n] ?? 0;
  const sum = (a + b) | 0;
  const borrow = sum >>> 0 < back ? 1 : 0;
  return ((H[register] ?? 0) + (H[n] ?? 0) + carryOf(a, b, sum) - borrow) | 0;
}

/** Whether the source starts below the target and reaches into it: then only backwards is right. */
function mustGoBackwards(core: Core, d: number, s: number, n: number): boolean {
  const { low: L, high: H } = core.registers;
  // Only bits 55 to 0 of the addresses take part.
  const distance =
    (((H[d] ?? 0) & 0xffffff) - ((H[s] ?? 0) & 0xffffff)) * 2 ** 32 + ((L[d] ?? 0) >>> 0) - ((L[s] ?? 0) >>> 0);
  return distance > 0 && distance < countOf(core, n);
}

/** Copies bytes that each lie in one line, upwards or downwards. */
function copyBytes(
  to: Uint32Array,
  toAt: number,
  from: Uint32Array,
  fromAt: number,
  bytes: number,
  down: boolean,
): void {
  const step = ((toAt | fromAt | bytes) & 3) === 0 ? 4 : 1;
  for (let done = 0; done < bytes; done += step) {
    const at = down ? bytes - step - done : done;
    const word = from[(fromAt + at) >>> 2] ?? 0;
    if (step === 4) to[(toAt + at) >>> 2] = word;
    else storeByte(to, toAt + at, word >>> (8 * ((fromAt + at) & 3)));
  }
}

function storeByte(to: Uint32Array, at: number, byte: number): void {
  const shift = 8 * (at & 3);
  to[at >>> 2] = ((to[at >>> 2] ?? 0) & ~(0xff << shift)) | ((byte & 0xff) << shift);
}

const inLine = SMALLEST_LINE - 1;

/** The registers of a copy, and which of its accesses are made as EL0 would make them. */
interface CopyOperands {
  readonly d: number;
  readonly s: number;
  readonly n: number;
  readonly readsAsUser: boolean;
  readonly writesAsUser: boolean;
}

function checkUsers(
  core: Core,
  index: number,
  from: readonly [number, number],
  to: readonly [number, number],
  { readsAsUser, writesAsUser }: CopyOperands,
): void {
  if (readsAsUser) core.memory.checkUser(from[0], from[1], index, 1, false);
  if (writesAsUser) core.memory.checkUser(to[0], to[1], index, 1, true);
}

function copyForwards(core: Core, index: number, operands: CopyOperands, leave: number): void {
  const { d, s, n } = operands;
  for (let count = countOf(core, n); -count > leave; count = countOf(core, n)) {
    const [to, from] = [endLow(core, d, n, 0), endLow(core, s, n, 0)];
    const bytes = Math.min(-count - leave, SMALLEST_LINE - (to & inLine), SMALLEST_LINE - (from & inLine));
    const [fromHigh, toHigh] = [endHigh(core, s, n, 0), endHigh(core, d, n, 0)];
    checkUsers(core, index, [from, fromHigh], [to, toHigh], operands);
    const read = core.memory.viewForRead(from, fromHigh, index, 0);
    const written = core.memory.viewForWrite(to, toHigh, index, 0);
    copyBytes(written, to & 0xfff, read, from & 0xfff, bytes, false);
    moveCount(core, n, bytes);
  }
}

function copyBackwards(core: Core, index: number, operands: CopyOperands, leave: number): void {
  const { d, s, n } = operands;
  for (let count = countOf(core, n); count > leave; count = countOf(core, n)) {
    const [to, from] = [endLow(core, d, n, 1), endLow(core, s, n, 1)];
    const bytes = Math.min(count - leave, (to & inLine) + 1, (from & inLine) + 1);
    const [fromHigh, toHigh] = [endHigh(core, s, n, 1), endHigh(core, d, n, 1)];
    checkUsers(core, index, [from, fromHigh], [to, toHigh], operands);
    const read = core.memory.viewForRead(from, fromHigh, index, 0);
    const written = core.memory.viewForWrite(to, toHigh, index, 0);
    copyBytes(written, (to & 0xfff) - bytes + 1, read, (from & 0xfff) - bytes + 1, bytes, true);
    moveCount(core, n, -bytes);
  }
}

function setForwards(
  core: Core,
  index: number,
  { d, n, writesAsUser }: CopyOperands,
  byte: number,
  leave: number,
): void {
  for (let count = countOf(core, n); -count > leave; count = countOf(core, n)) {
    const to = endLow(core, d, n, 0);
    const bytes = Math.min(-count - leave, SMALLEST_LINE - (to & inLine));
    const high = endHigh(core, d, n, 0);
    if (writesAsUser) core.memory.checkUser(to, high, index, 1, true);
    const written = core.memory.viewForWrite(to, high, index, 0);
    for (let at = 0; at < bytes; at++) storeByte(written, (to & 0xfff) + at, byte);
    moveCount(core, n, bytes);
  }
}

/** Leaves the addresses at the ends and the count below zero. */
function startForwards(core: Core, n: number, ...addresses: readonly number[]): void {
  for (const address of addresses) addCount(core, address, n);
  negate(core, n);
}

/** C set says that option B's prologue ran, which is another machine's. */
function requireOptionA(core: Core, index: number): void {
  if (core.c !== 0) core.exceptions.undefinedAt(index, 'a memory copy or set that another option began');
}

function copy(part: Part, eitherWay: boolean): Factory {
  return (core: Core, [hint, target, from, count]: readonly OperandValue[]): Op => {
    const [d, s, n] = [num(target), num(from), num(count)];
    const user = /^(wt|rt|t)?/.exec(String(hint))?.[0];
    const operands = {
      d,
      s,
      n,
      readsAsUser: user === 'rt' || user === 't',
      writesAsUser: user === 'wt' || user === 't',
    };
    if (part === 'prologue') {
      return (index) => {
        saturate(core, n, eitherWay ? MOST_EITHER_WAY : MOST);
        if (!eitherWay || !mustGoBackwards(core, d, s, n)) startForwards(core, n, d, s);
        setFlags(core, 0);
        return index + 1;
      };
    }
    const leave = part === 'main' ? LEFT_TO_EPILOGUE : 0;
    return (index) => {
      requireOptionA(core, index);
      if (countOf(core, n) < 0) copyForwards(core, index, operands, leave);
      else if (eitherWay) copyBackwards(core, index, operands, leave);
      return index + 1;
    };
  };
}

/** Bytes that one allocation tag covers: SETG* keeps to them, though this machine keeps no tags. */
const TAG_GRANULE = 16;

function set(part: Part, granules: boolean): Factory {
  return (core: Core, [hint, target, count, value]: readonly OperandValue[]): Op => {
    const { low: L, high: H } = core.registers;
    const [d, n, byte] = [num(target), num(count), source(value)];
    const leave = part === 'main' ? LEFT_TO_EPILOGUE : 0;
    const operands = { d, s: d, n, readsAsUser: false, writesAsUser: String(hint).startsWith('t') };
    return (index) => {
      if (granules && (((L[d] ?? 0) | (L[n] ?? 0)) & (TAG_GRANULE - 1)) !== 0)
        core.exceptions.fault(
          'alignment-fault',
          L[d] ?? 0,
          H[d] ?? 0,
          index,
          `SETG* of anything but whole ${TAG_GRANULE} bytes`,
        );
      if (part === 'prologue') {
        saturate(core, n, MOST);
        startForwards(core, n, d);
        setFlags(core, 0);
      } else {
        requireOptionA(core, index);
        setForwards(core, index, operands, L[byte] ?? 0, leave);
      }
      return index + 1;
    };
  };
}

/** Copies and sets of memory. */
export const memoryCopies: Factories = {
  cpyfp: copy('prologue', false),
  cpyfm: copy('main', false),
  cpyfe: copy('epilogue', false),
  cpyp: copy('prologue', true),
  cpym: copy('main', true),
  cpye: copy('epilogue', true),
  setp: set('prologue', false),
  setm: set('main', false),
  sete: set('epilogue', false),
  setgp: set('prologue', true),
  setgm: set('main', true),
  setge: set('epilogue', true),
};
