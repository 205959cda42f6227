import type { Core, Op } from '../core.ts';
import { holds } from './flags.ts';
import { sha256h, sha256h2, sha256h2Behind, sha256su0, sha256su1 } from './sha256.ts';
import { addWords, moveVector, reverseWords } from './vector.ts';

/**
 * Executes instructions of one page; returns the index of the next one, or what an op returned to leave the page.
 *
 * The cases are numbers, not names, and integers stay integers by `| 0`: engines make a jump table only of numbers, and
 * what may be something else they compute in floating point. What the ports look at is kept in locals, which only a
 * call can change.
 *
 * It is one long function because a call for each instruction is what it saves, and engines inline only so much.
 */
export function runHot(core: Core, code: Int32Array, ops: readonly Op[], start: number): number {
  const { low: L, high: H } = core.registers;
  const V = core.vectors.words;
  const { counters, flow } = core;
  const { readPort, writePort } = core.memory;
  let left = Math.min(flow.left, 0x7fff_ffff) | 0;
  const beyond = flow.left - left;
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
        core.n = top >>> 31;
        core.z = (difference | top) === 0 ? 1 : 0;
        core.c = high >>> 0 >= borrow ? 1 : 0;
        core.v = (high & ~top) >>> 31;
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
        core.n = top >>> 31;
        core.z = (difference | top) === 0 ? 1 : 0;
        core.c = high === otherHigh ? 1 - borrow : high >>> 0 > otherHigh >>> 0 ? 1 : 0;
        core.v = ((high ^ otherHigh) & (high ^ top)) >>> 31;
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
        if (core.z === 0) next = c;
        break;
      case 31: // B_COND
        if (holds(core, b)) next = c;
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
      flow.left = left + beyond;
      counters.uncachedAccesses += uncached;
      uncached = 0;
      next = (ops[index]?.(index) ?? index) | 0;
      if (next < 0) {
        flow.at = index;
        flow.left = left - 1 + beyond;
        return next;
      }
    }
    index = next;
    left = (left - 1) | 0;
  }
  counters.uncachedAccesses += uncached;
  flow.left = left + beyond;
  return index;
}
