import { carryOf, funnel, reverseBytes } from './halves.ts';
import { type Factories, type Factory, field, num, source, target } from './op.ts';

/** Bits that must not carry into their neighbours: the top bit of every element of 8 or 16 bits of a word. */
const TOPS: Readonly<Record<number, number>> = { 0: 0x80808080 | 0, 1: 0x80008000 | 0 };

/** Addition of the elements of a word: without their top bits nothing carries over, and those add as exclusive or. */
const addElements = (a: number, b: number, tops: number): number =>
  (((a & ~tops) + (b & ~tops)) ^ ((a ^ b) & tops)) | 0;

/** Subtraction likewise: the top bits are set, so that nothing is borrowed from a neighbour. */
const subtractElements = (a: number, b: number, tops: number): number =>
  (((a | tops) - (b & ~tops)) ^ ((a ^ ~b) & tops)) | 0;

/** ADD of four words to four words. */
export function addWords(V: Int32Array, to: number, one: number, two: number): void {
  V[to] = (V[one] ?? 0) + (V[two] ?? 0);
  V[to | 1] = (V[one | 1] ?? 0) + (V[two | 1] ?? 0);
  V[to | 2] = (V[one | 2] ?? 0) + (V[two | 2] ?? 0);
  V[to | 3] = (V[one | 3] ?? 0) + (V[two | 3] ?? 0);
}

/** One register to another. */
export function moveVector(V: Int32Array, to: number, from: number): void {
  V[to] = V[from] ?? 0;
  V[to | 1] = V[from | 1] ?? 0;
  V[to | 2] = V[from | 2] ?? 0;
  V[to | 3] = V[from | 3] ?? 0;
}

/** REV32: the bytes of each word in the other order. */
export function reverseWords(V: Int32Array, to: number, from: number): void {
  V[to] = reverseBytes(V[from] ?? 0);
  V[to | 1] = reverseBytes(V[from | 1] ?? 0);
  V[to | 2] = reverseBytes(V[from | 2] ?? 0);
  V[to | 3] = reverseBytes(V[from | 3] ?? 0);
}

/** ADD and SUB of vectors, by the size of their elements. */
function sum(subtract: boolean): Factory {
  return (core, [arrangement, d, n, m]) => {
    const V = core.vectors.words;
    const [to, one, two] = [4 * num(d), 4 * num(n), 4 * num(m)];
    const size = field('arrangement', arrangement);
    const tops = TOPS[size];
    if (tops !== undefined) {
      return (index) => {
        for (let word = 0; word < 4; word++) {
          const a = V[one + word] ?? 0;
          const b = V[two + word] ?? 0;
          V[to + word] = subtract ? subtractElements(a, b, tops) : addElements(a, b, tops);
        }
        return index + 1;
      };
    }
    if (size === 2 && !subtract)
      return (index) => {
        addWords(V, to, one, two);
        return index + 1;
      };
    const invert = subtract ? -1 : 0;
    const carry = subtract ? 1 : 0;
    const chained = size === 3;
    return (index) => {
      let into = carry;
      for (let word = 0; word < 4; word++) {
        const a = V[one + word] ?? 0;
        const b = (V[two + word] ?? 0) ^ invert;
        const result = (a + b + into) | 0;
        V[to + word] = result;
        into = chained && (word & 1) === 0 ? carryOf(a, b, result) : carry;
      }
      return index + 1;
    };
  };
}

/** The logical operations, by masks as in logical.ts. */
function logic(difference: number, both: number, invert: number): Factory {
  return (core, [d, n, m]) => {
    const V = core.vectors.words;
    const [to, one, two] = [4 * num(d), 4 * num(n), 4 * num(m)];
    // ORR of a register with itself is how it is moved.
    if (one === two && difference !== 0 && both !== 0 && invert === 0)
      return (index) => {
        moveVector(V, to, one);
        return index + 1;
      };
    return (index) => {
      for (let word = 0; word < 4; word++) {
        const a = V[one + word] ?? 0;
        const b = (V[two + word] ?? 0) ^ invert;
        V[to + word] = ((a ^ b) & difference) | (a & b & both);
      }
      return index + 1;
    };
  };
}

/** REV16, REV32 and REV64: the bytes of each element of so many bits in the other order. */
function reverse(bits: 16 | 32 | 64): Factory {
  return (core, [d, n]) => {
    const V = core.vectors.words;
    const [to, from] = [4 * num(d), 4 * num(n)];
    return (index) => {
      for (let word = 0; word < 4; word += 2) {
        const a = reverseBytes(V[from + word] ?? 0);
        const b = reverseBytes(V[from + word + 1] ?? 0);
        V[to + word] = bits === 64 ? b : bits === 32 ? a : (a << 16) | (a >>> 16);
        V[to + word + 1] = bits === 64 ? a : bits === 32 ? b : (b << 16) | (b >>> 16);
      }
      return index + 1;
    };
  };
}

/** EXT: the 16 bytes from byte `position` on of n followed by m. */
const extract: Factory = (core, [d, n, m, position]) => {
  const V = core.vectors.words;
  const [to, one, two] = [4 * num(d), 4 * num(n), 4 * num(m)];
  const first = num(position) >> 2;
  const by = 8 * (num(position) & 3);
  const joined = new Int32Array(9);
  return (index) => {
    for (let word = 0; word < 4; word++) {
      joined[word] = V[one + word] ?? 0;
      joined[word + 4] = V[two + word] ?? 0;
    }
    for (let word = 0; word < 4; word++)
      V[to + word] = funnel(joined[first + word + 1] ?? 0, joined[first + word] ?? 0, by);
    return index + 1;
  };
};

/** MOVI: a byte, or zeros, all over. */
const fill: Factory = (core, [d, byte]) => {
  const V = core.vectors.words;
  const to = 4 * num(d);
  const word = Math.imul(num(byte), 0x01010101);
  return (index) => {
    for (let at = to; at < to + 4; at++) V[at] = word;
    return index + 1;
  };
};

/** DUP: a register in every element. */
const duplicate =
  (wide: boolean): Factory =>
  (core, [d, n]) => {
    const V = core.vectors.words;
    const { low: L, high: H } = core.registers;
    const [to, from] = [4 * num(d), source(n)];
    return (index) => {
      const low = L[from] ?? 0;
      const odd = wide ? (H[from] ?? 0) : low;
      V[to] = low;
      V[to + 1] = odd;
      V[to + 2] = low;
      V[to + 3] = odd;
      return index + 1;
    };
  };

/** UMOV: an element in a register. */
const take =
  (wide: boolean): Factory =>
  (core, [d, n, element]) => {
    const V = core.vectors.words;
    const { low: L, high: H } = core.registers;
    const [to, from] = [target(d), 4 * num(n) + num(element) * (wide ? 2 : 1)];
    return (index) => {
      L[to] = V[from] ?? 0;
      H[to] = wide ? (V[from + 1] ?? 0) : 0;
      return index + 1;
    };
  };

/** INS: a register in one element. */
const insert =
  (wide: boolean): Factory =>
  (core, [d, element, n]) => {
    const V = core.vectors.words;
    const { low: L, high: H } = core.registers;
    const [to, from] = [4 * num(d) + num(element) * (wide ? 2 : 1), source(n)];
    return (index) => {
      V[to] = L[from] ?? 0;
      if (wide) V[to + 1] = H[from] ?? 0;
      return index + 1;
    };
  };

/** SIMD data processing. */
export const vectors: Factories = {
  'add.v': sum(false),
  'sub.v': sum(true),
  'and.16b': logic(0, -1, 0),
  'bic.16b': logic(0, -1, -1),
  'orr.16b': logic(-1, -1, 0),
  'eor.16b': logic(-1, 0, 0),
  'rev64.16b': reverse(64),
  'rev32.16b': reverse(32),
  'rev16.16b': reverse(16),
  'movi.16b': fill,
  'movi.zero': fill,
  'ext.16b': extract,
  'dup.2d': duplicate(true),
  'dup.4s': duplicate(false),
  'umov.d': take(true),
  'umov.s': take(false),
  'ins.d': insert(true),
  'ins.s': insert(false),
};
