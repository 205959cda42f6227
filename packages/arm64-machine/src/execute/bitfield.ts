import { funnel } from './halves.ts';
import { type Factories, type Factory, highHalf, lowHalf, num, source, target } from './op.ts';

/** What fills the bits around the field: zeros, the target's own, or above it copies of its top bit. */
type Fill = 'zero' | 'keep' | 'sign';

/**
 * The masks of a bit field that lands in a register: `field` covers it, `below` the bits under it (Arm ARM,
 * `DecodeBitMasks`: `field` is wmask and tmask, `below` is what is in tmask alone).
 */
function masksOf(r: number, s: number, width: 32 | 64): { field: bigint; below: bigint } {
  const ones = (count: number): bigint => (1n << BigInt(count)) - 1n;
  if (s >= r) return { field: ones(s - r + 1), below: 0n };
  return { field: ones(s + 1) << BigInt(width - r), below: ones(width - r) };
}

/** SBFM, BFM, UBFM: rotate right by r, keep the field, fill the rest. */
function bitfield(fill: Fill, wide: boolean): Factory {
  return (core, [d, n, rotation, top]) => {
    const { low: L, high: H } = core.registers;
    const [to, from, r, s] = [target(d), source(n), num(rotation), num(top)];
    const { field, below } = masksOf(r, s, wide ? 64 : 32);
    const [maskLow, maskHigh] = [lowHalf(field), highHalf(field)];
    const aboveLow = fill === 'sign' ? ~(maskLow | lowHalf(below)) : 0;
    const aboveHigh = fill === 'sign' ? ~(maskHigh | highHalf(below)) : 0;
    const [keepLow, keepHigh] = fill === 'keep' ? [~maskLow, ~maskHigh] : [0, 0];
    const signHalf = s >= 32 ? H : L;
    const signShift = 31 - (s & 31);
    // BFM reads XZR as zero where it writes nothing, so the old value never matters there.
    const old = num(d);
    if (!wide) {
      return (index) => {
        const value = L[from] ?? 0;
        const sign = ((signHalf[from] ?? 0) << signShift) >> 31;
        const rotated = (value >>> r) | (value << (32 - r));
        L[to] = (rotated & maskLow) | (sign & aboveLow) | ((L[old] ?? 0) & keepLow);
        H[to] = 0;
        return index + 1;
      };
    }
    const by = r & 31;
    const swap = r >= 32;
    return (index) => {
      const a = L[from] ?? 0;
      const b = H[from] ?? 0;
      const sign = ((signHalf[from] ?? 0) << signShift) >> 31;
      const low = swap ? b : a;
      const high = swap ? a : b;
      L[to] = (funnel(high, low, by) & maskLow) | (sign & aboveLow) | ((L[old] ?? 0) & keepLow);
      H[to] = (funnel(low, high, by) & maskHigh) | (sign & aboveHigh) | ((H[old] ?? 0) & keepHigh);
      return index + 1;
    };
  };
}

/** EXTR: the bits of n:m from `lsb` on. ROR by a constant is EXTR of one register. */
function extract(wide: boolean): Factory {
  return (core, [d, n, m, lsb]) => {
    const { low: L, high: H } = core.registers;
    const [to, upper, lower] = [target(d), source(n), source(m)];
    const by = num(lsb) & 31;
    if (!wide) {
      return (index) => {
        L[to] = funnel(L[upper] ?? 0, L[lower] ?? 0, by);
        H[to] = 0;
        return index + 1;
      };
    }
    const words =
      num(lsb) >= 32 ? ([H, lower, L, upper, H, upper] as const) : ([L, lower, H, lower, L, upper] as const);
    const [first, firstSlot, second, secondSlot, third, thirdSlot] = words;
    return (index) => {
      const middle = second[secondSlot] ?? 0;
      const low = funnel(middle, first[firstSlot] ?? 0, by);
      const high = funnel(third[thirdSlot] ?? 0, middle, by);
      L[to] = low;
      H[to] = high;
      return index + 1;
    };
  };
}

/** Bit fields, and through their aliases shifts, extensions and rotations by constants. */
export const bitfields: Factories = {
  sbfm: bitfield('sign', true),
  'sbfm.w': bitfield('sign', false),
  bfm: bitfield('keep', true),
  'bfm.w': bitfield('keep', false),
  ubfm: bitfield('zero', true),
  'ubfm.w': bitfield('zero', false),
  extr: extract(true),
  'extr.w': extract(false),
};
