import { reverseBytes } from './halves.ts';
import { type Factories, type Factory, source, target } from './op.ts';

/** A word with its bits in the other order. */
function reverseBits(word: number): number {
  let bits = ((word >>> 1) & 0x55555555) | ((word & 0x55555555) << 1);
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  return reverseBytes(bits);
}

const reverseBytesOfHalfwords = (word: number): number => ((word & 0x00ff00ff) << 8) | ((word >>> 8) & 0x00ff00ff);

/** An instruction that does the same to each 32-bit half; `swap` changes the halves over. */
function eachHalf(change: (half: number) => number, swap: boolean, wide: boolean): Factory {
  return (core, [d, n]) => {
    const { low: L, high: H } = core.registers;
    const [to, from] = [target(d), source(n)];
    if (!wide) {
      return (index) => {
        L[to] = change(L[from] ?? 0);
        H[to] = 0;
        return index + 1;
      };
    }
    return (index) => {
      const low = change(L[from] ?? 0);
      const high = change(H[from] ?? 0);
      L[to] = swap ? high : low;
      H[to] = swap ? low : high;
      return index + 1;
    };
  };
}

/** REV of 32 bits is what code for little-endian machines does most with big-endian data. */
const reverse32: Factory = (core, [d, n]) => {
  const { low: L, high: H } = core.registers;
  const [to, from] = [target(d), source(n)];
  return (index) => {
    L[to] = reverseBytes(L[from] ?? 0);
    H[to] = 0;
    return index + 1;
  };
};

/** CLZ, and CLS, which is CLZ of the bits that differ from their upper neighbour, less one for the top. */
function countLeading(sign: boolean, wide: boolean): Factory {
  return (core, [d, n]) => {
    const { low: L, high: H } = core.registers;
    const [to, from] = [target(d), source(n)];
    return (index) => {
      const low = L[from] ?? 0;
      const high = H[from] ?? 0;
      const top = wide ? (sign ? high ^ (high >> 31) : high) : sign ? low ^ (low >> 31) : low;
      const rest = sign ? low ^ (high >> 31) : low;
      const zeros = Math.clz32(top);
      L[to] = (zeros === 32 && wide ? 32 + Math.clz32(rest) : zeros) - (sign ? 1 : 0);
      H[to] = 0;
      return index + 1;
    };
  };
}

/** Counting and reversing bits. */
export const bits: Factories = {
  rbit: eachHalf(reverseBits, true, true),
  'rbit.w': eachHalf(reverseBits, false, false),
  rev: eachHalf(reverseBytes, true, true),
  'rev.w': reverse32,
  rev32: eachHalf(reverseBytes, false, true),
  rev16: eachHalf(reverseBytesOfHalfwords, false, true),
  'rev16.w': eachHalf(reverseBytesOfHalfwords, false, false),
  clz: countLeading(false, true),
  'clz.w': countLeading(false, false),
  cls: countLeading(true, true),
  'cls.w': countLeading(true, false),
};
