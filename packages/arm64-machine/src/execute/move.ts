import { conditionCode, holds } from './flags.ts';
import { ASR, LSL, LSR, ROR, shifted32, shiftedHigh, shiftedLow } from './halves.ts';
import { type Factories, type Factory, highHalf, lowHalf, num, source, target } from './op.ts';

/** MOVZ and MOVN: a constant. */
function moveWide(invert: boolean, wide: boolean): Factory {
  return (core, [d, immediate, shift]) => {
    const { low: L, high: H } = core.registers;
    const to = target(d);
    const placed = BigInt(num(immediate)) << BigInt(num(shift));
    const value = BigInt.asUintN(wide ? 64 : 32, invert ? ~placed : placed);
    const [low, high] = [lowHalf(value), highHalf(value)];
    return (index) => {
      L[to] = low;
      H[to] = high;
      return index + 1;
    };
  };
}

/** MOVK: 16 bits of the register. */
function moveKeep(wide: boolean): Factory {
  return (core, [d, immediate, shift]) => {
    const { low: L, high: H } = core.registers;
    const half = num(shift) >= 32 ? H : L;
    const bits = num(shift) % 32;
    const to = target(d);
    const value = num(immediate) << bits;
    const kept = ~(0xffff << bits);
    return (index) => {
      half[to] = ((half[to] ?? 0) & kept) | value;
      if (!wide) H[to] = 0;
      return index + 1;
    };
  };
}

/** Shifts by a register's value modulo the width. */
function variableShift(kind: number, wide: boolean): Factory {
  return (core, [d, n, m]) => {
    const { low: L, high: H } = core.registers;
    const [to, from, amount] = [target(d), source(n), source(m)];
    if (!wide) {
      return (index) => {
        L[to] = shifted32(kind, (L[amount] ?? 0) & 31, L[from] ?? 0);
        H[to] = 0;
        return index + 1;
      };
    }
    return (index) => {
      const low = L[from] ?? 0;
      const high = H[from] ?? 0;
      const by = (L[amount] ?? 0) & 63;
      L[to] = shiftedLow(kind, by, low, high);
      H[to] = shiftedHigh(kind, by, low, high);
      return index + 1;
    };
  };
}

/** CSEL and its kin: n, or m inverted and incremented as the form says. */
function select(invert: boolean, increment: boolean, wide: boolean): Factory {
  return (core, [d, n, m, condition]) => {
    const { low: L, high: H } = core.registers;
    const [to, from, other, code] = [target(d), source(n), source(m), conditionCode(condition)];
    const inversion = invert ? -1 : 0;
    const more = increment ? 1 : 0;
    return (index) => {
      if (holds(core, code)) {
        L[to] = L[from] ?? 0;
        H[to] = wide ? (H[from] ?? 0) : 0;
      } else {
        const low = (((L[other] ?? 0) ^ inversion) + more) | 0;
        const carry = increment && low === 0 ? 1 : 0;
        H[to] = wide ? ((H[other] ?? 0) ^ inversion) + carry : 0;
        L[to] = low;
      }
      return index + 1;
    };
  };
}

/** Moves of constants, shifts by registers, and conditional moves. */
export const moves: Factories = {
  movn: moveWide(true, true),
  'movn.w': moveWide(true, false),
  movz: moveWide(false, true),
  'movz.w': moveWide(false, false),
  movk: moveKeep(true),
  'movk.w': moveKeep(false),
  lslv: variableShift(LSL, true),
  'lslv.w': variableShift(LSL, false),
  lsrv: variableShift(LSR, true),
  'lsrv.w': variableShift(LSR, false),
  asrv: variableShift(ASR, true),
  'asrv.w': variableShift(ASR, false),
  rorv: variableShift(ROR, true),
  'rorv.w': variableShift(ROR, false),
  csel: select(false, false, true),
  'csel.w': select(false, false, false),
  csinc: select(false, true, true),
  'csinc.w': select(false, true, false),
  csinv: select(true, false, true),
  'csinv.w': select(true, false, false),
  csneg: select(true, true, true),
  'csneg.w': select(true, true, false),
};
