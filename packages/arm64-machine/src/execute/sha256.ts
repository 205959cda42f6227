import { type Factories, type Factory, num } from './op.ts';

// The SHA-256 instructions (FEAT_SHA256). A state register holds words a to d or e to h of FIPS 180-4, a first.

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** What four rounds were computed from last: words a to h, and those to add, which hold schedule plus constants. */
const taken = new Int32Array(12);
/** Words a to h after them. */
const state = new Int32Array(8);

/** Four rounds from `taken` to `state`. */
function fourRounds(): void {
  let a = taken[0] ?? 0;
  let b = taken[1] ?? 0;
  let c = taken[2] ?? 0;
  let d = taken[3] ?? 0;
  let e = taken[4] ?? 0;
  let f = taken[5] ?? 0;
  let g = taken[6] ?? 0;
  let h = taken[7] ?? 0;
  for (let round = 8; round < 12; round++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const sigma1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const sigma0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const first = (h + sigma1 + choice + (taken[round] ?? 0)) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + sigma0 + majority) | 0;
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
  state[4] = e;
  state[5] = f;
  state[6] = g;
  state[7] = h;
}
fourRounds();

/**
 * SHA256H gives words a to d after four rounds from d = abcd, n = efgh; SHA256H2 words e to h from d = efgh, n = abcd.
 * The two come in pairs, from the same words: the second finds the rounds done.
 */
function rounds(upper: boolean): Factory {
  return (cpu, [d, n, m]) => {
    const V = cpu.vectors.words;
    const [to, other, words] = [4 * num(d), 4 * num(n), 4 * num(m)];
    const [abcd, efgh] = upper ? [other, to] : [to, other];
    const result = upper ? 4 : 0;
    return (index) => {
      const differ =
        ((taken[0] ?? 0) ^ (V[abcd] ?? 0)) |
        ((taken[1] ?? 0) ^ (V[abcd + 1] ?? 0)) |
        ((taken[2] ?? 0) ^ (V[abcd + 2] ?? 0)) |
        ((taken[3] ?? 0) ^ (V[abcd + 3] ?? 0)) |
        ((taken[4] ?? 0) ^ (V[efgh] ?? 0)) |
        ((taken[5] ?? 0) ^ (V[efgh + 1] ?? 0)) |
        ((taken[6] ?? 0) ^ (V[efgh + 2] ?? 0)) |
        ((taken[7] ?? 0) ^ (V[efgh + 3] ?? 0)) |
        ((taken[8] ?? 0) ^ (V[words] ?? 0)) |
        ((taken[9] ?? 0) ^ (V[words + 1] ?? 0)) |
        ((taken[10] ?? 0) ^ (V[words + 2] ?? 0)) |
        ((taken[11] ?? 0) ^ (V[words + 3] ?? 0));
      if (differ !== 0) {
        for (let word = 0; word < 4; word++) {
          taken[word] = V[abcd + word] ?? 0;
          taken[word + 4] = V[efgh + word] ?? 0;
          taken[word + 8] = V[words + word] ?? 0;
        }
        fourRounds();
      }
      V[to] = state[result] ?? 0;
      V[to + 1] = state[result + 1] ?? 0;
      V[to + 2] = state[result + 2] ?? 0;
      V[to + 3] = state[result + 3] ?? 0;
      return index + 1;
    };
  };
}

/** SHA256SU0: adds the small sigma 0 of the next word to each of d's words. */
const scheduleFirst: Factory = (cpu, [d, n]) => {
  const V = cpu.vectors.words;
  const [to, from] = [4 * num(d), 4 * num(n)];
  return (index) => {
    const after = V[from] ?? 0;
    for (let word = 0; word < 4; word++) {
      const next = word < 3 ? (V[to + word + 1] ?? 0) : after;
      V[to + word] = (V[to + word] ?? 0) + (rotate(next, 7) ^ rotate(next, 18) ^ (next >>> 3));
    }
    return index + 1;
  };
};

const smallSigma1 = (word: number): number => rotate(word, 17) ^ rotate(word, 19) ^ (word >>> 10);

/** SHA256SU1: completes four words of the schedule; the last two depend on the first two. */
const scheduleSecond: Factory = (cpu, [d, n, m]) => {
  const V = cpu.vectors.words;
  const [to, one, two] = [4 * num(d), 4 * num(n), 4 * num(m)];
  return (index) => {
    const b1 = V[one + 1] ?? 0;
    const b2 = V[one + 2] ?? 0;
    const b3 = V[one + 3] ?? 0;
    const b4 = V[two] ?? 0;
    const c2 = V[two + 2] ?? 0;
    const c3 = V[two + 3] ?? 0;
    const first = ((V[to] ?? 0) + b1 + smallSigma1(c2)) | 0;
    const second = ((V[to + 1] ?? 0) + b2 + smallSigma1(c3)) | 0;
    V[to + 2] = ((V[to + 2] ?? 0) + b3 + smallSigma1(first)) | 0;
    V[to + 3] = ((V[to + 3] ?? 0) + b4 + smallSigma1(second)) | 0;
    V[to] = first;
    V[to + 1] = second;
    return index + 1;
  };
};

/** The SHA-256 instructions. */
export const sha256: Factories = {
  sha256h: rounds(false),
  sha256h2: rounds(true),
  sha256su0: scheduleFirst,
  sha256su1: scheduleSecond,
};
