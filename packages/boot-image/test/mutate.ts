/** Choices that follow from a seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((((mixed ^ (mixed >>> 14)) >>> 0) * limit) / 2 ** 32) | 0;
  }

  pick<Item>(items: readonly Item[]): Item {
    const found = items[this.below(items.length)];
    if (found === undefined) throw new Error('there is nothing to pick from');
    return found;
  }
}

/** Words that sizes and offsets go wrong with. */
const WORDS = [0, 1, 4, 63, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, 0x10000, 1 << 24];

type Change = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

/** A place: headers are met as often as all the rest. */
function placeIn(bytes: Uint8Array, random: Random): number {
  return random.below(random.below(2) === 0 ? Math.min(bytes.length, 256) : bytes.length);
}

const CHANGES: readonly Change[] = [
  function flipBits(bytes, random) {
    for (let count = random.below(4); count >= 0; count--) {
      const at = placeIn(bytes, random);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
    return bytes;
  },
  function setWord(bytes, random) {
    const at = placeIn(bytes, random) & ~3;
    if (at + 4 > bytes.length) return bytes;
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, random.pick(WORDS), random.below(2) === 0);
    return bytes;
  },
  function cut(bytes, random) {
    return bytes.slice(0, placeIn(bytes, random));
  },
  function append(bytes, random, others) {
    return joined(bytes, random.pick(others));
  },
  function repeatPart(bytes, random) {
    const [from, to] = [placeIn(bytes, random), placeIn(bytes, random)];
    return joined(bytes.slice(0, Math.max(from, to)), bytes.slice(Math.min(from, to)));
  },
  function splice(bytes, random, others) {
    const other = random.pick(others);
    const at = placeIn(bytes, random);
    return joined(bytes.slice(0, at), other.slice(Math.min(at, other.length)));
  },
];

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** A file with one to three things changed. */
export function mutated(file: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes: Uint8Array = file.slice();
  for (let count = random.below(3); count >= 0 && bytes.length > 0; count--)
    bytes = random.pick(CHANGES)(bytes, random, others);
  return bytes;
}
