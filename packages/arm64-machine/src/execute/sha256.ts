import { type Factories, type Factory, num } from './op.ts';

// The SHA-256 instructions (FEAT_SHA256). A state register holds words a to d or e to h of FIPS 180-4, a first.
// Registers are given by the number of their first word in `V`, a multiple of 4: `| 1` is the next word, and an integer
// to engines that cannot know what `+ 1` is.

/** The last four rounds: words a to d before them, and e to h after them. */
const before = new Int32Array(4);
const after = new Int32Array(4);
/** The registers of e to h and of the words to add that those rounds read, and left as they were. */
const read = new Int32Array(2);

// Rotations are written out: engines inline only so much into one function.
const bigSigma0 = (word: number): number =>
  ((word >>> 2) | (word << 30)) ^ ((word >>> 13) | (word << 19)) ^ ((word >>> 22) | (word << 10));
const bigSigma1 = (word: number): number =>
  ((word >>> 6) | (word << 26)) ^ ((word >>> 11) | (word << 21)) ^ ((word >>> 25) | (word << 7));
const choose = (e: number, f: number, g: number): number => g ^ (e & (f ^ g));
const majority = (a: number, b: number, c: number): number => (a & b) | (c & (a | b));
/** A sum of words: more than two at once may not fit what engines compute in integers. */
const add = (a: number, b: number): number => (a + b) | 0;

/**
 * SHA256H: words a to d after four rounds (6.2.2) from d = abcd, n = efgh, and m = the words to add, which hold schedule
 * plus constants.
 */
export function sha256h(V: Int32Array, abcd: number, efgh: number, words: number): void {
  const a = V[abcd] ?? 0;
  const b = V[abcd | 1] ?? 0;
  const c = V[abcd | 2] ?? 0;
  const d = V[abcd | 3] ?? 0;
  const e = V[efgh] ?? 0;
  const f = V[efgh | 1] ?? 0;
  const g = V[efgh | 2] ?? 0;
  const h = V[efgh | 3] ?? 0;
  const t0 = add(add(add(h, V[words] ?? 0), choose(e, f, g)), bigSigma1(e));
  const e0 = add(d, t0);
  const a0 = add(add(t0, majority(a, b, c)), bigSigma0(a));
  const t1 = add(add(add(g, V[words | 1] ?? 0), choose(e0, e, f)), bigSigma1(e0));
  const e1 = add(c, t1);
  const a1 = add(add(t1, majority(a0, a, b)), bigSigma0(a0));
  const t2 = add(add(add(f, V[words | 2] ?? 0), choose(e1, e0, e)), bigSigma1(e1));
  const e2 = add(b, t2);
  const a2 = add(add(t2, majority(a1, a0, a)), bigSigma0(a1));
  const t3 = add(add(add(e, V[words | 3] ?? 0), choose(e2, e1, e0)), bigSigma1(e2));
  V[abcd] = add(add(t3, majority(a2, a1, a0)), bigSigma0(a2));
  V[abcd | 1] = a2;
  V[abcd | 2] = a1;
  V[abcd | 3] = a0;
  before[0] = a;
  before[1] = b;
  before[2] = c;
  before[3] = d;
  after[0] = add(a, t3);
  after[1] = e2;
  after[2] = e1;
  after[3] = e0;
  read[0] = abcd === efgh || abcd === words ? -1 : efgh;
  read[1] = words;
}

/** Copies for rounds that must not change their registers. */
const copies = new Int32Array(12);

/** SHA256H2: words e to h from d = efgh, n = abcd. */
export function sha256h2(V: Int32Array, efgh: number, abcd: number, words: number): void {
  for (let word = 0; word < 4; word++) {
    copies[word] = V[abcd + word] ?? 0;
    copies[4 + word] = V[efgh + word] ?? 0;
    copies[8 + word] = V[words + word] ?? 0;
  }
  sha256h(copies, 0, 4, 8);
  takeAfter(V, efgh);
}

/**
 * SHA256H2 right behind a SHA256H, which mostly has done its rounds: it has changed no register that this one reads but
 * its words a to d, and those this one has from a copy.
 */
export function sha256h2Behind(V: Int32Array, efgh: number, abcd: number, words: number): void {
  const differ =
    ((V[abcd] ?? 0) ^ (before[0] ?? 0)) |
    ((V[abcd | 1] ?? 0) ^ (before[1] ?? 0)) |
    ((V[abcd | 2] ?? 0) ^ (before[2] ?? 0)) |
    ((V[abcd | 3] ?? 0) ^ (before[3] ?? 0));
  if (read[0] === efgh && read[1] === words && differ === 0) takeAfter(V, efgh);
  else sha256h2(V, efgh, abcd, words);
}

function takeAfter(V: Int32Array, efgh: number): void {
  V[efgh] = after[0] ?? 0;
  V[efgh | 1] = after[1] ?? 0;
  V[efgh | 2] = after[2] ?? 0;
  V[efgh | 3] = after[3] ?? 0;
}

const smallSigma0 = (word: number): number =>
  ((word >>> 7) | (word << 25)) ^ ((word >>> 18) | (word << 14)) ^ (word >>> 3);
const smallSigma1 = (word: number): number =>
  ((word >>> 17) | (word << 15)) ^ ((word >>> 19) | (word << 13)) ^ (word >>> 10);

/** SHA256SU0: adds the small sigma 0 of the next word to each of d's words. */
export function sha256su0(V: Int32Array, d: number, n: number): void {
  const w1 = V[d | 1] ?? 0;
  const w2 = V[d | 2] ?? 0;
  const w3 = V[d | 3] ?? 0;
  const w4 = V[n] ?? 0;
  V[d] = (V[d] ?? 0) + smallSigma0(w1);
  V[d | 1] = w1 + smallSigma0(w2);
  V[d | 2] = w2 + smallSigma0(w3);
  V[d | 3] = w3 + smallSigma0(w4);
}

/** SHA256SU1: completes four words of the schedule; the last two depend on the first two. */
export function sha256su1(V: Int32Array, d: number, n: number, m: number): void {
  const b1 = V[n | 1] ?? 0;
  const b2 = V[n | 2] ?? 0;
  const b3 = V[n | 3] ?? 0;
  const b4 = V[m] ?? 0;
  const c2 = V[m | 2] ?? 0;
  const c3 = V[m | 3] ?? 0;
  const first = add(add(V[d] ?? 0, b1), smallSigma1(c2));
  const second = add(add(V[d | 1] ?? 0, b2), smallSigma1(c3));
  V[d | 2] = add(add(V[d | 2] ?? 0, b3), smallSigma1(first));
  V[d | 3] = add(add(V[d | 3] ?? 0, b4), smallSigma1(second));
  V[d] = first;
  V[d | 1] = second;
}

const op =
  (execute: (V: Int32Array, d: number, n: number, m: number) => void): Factory =>
  (core, [d, n, m]) => {
    const V = core.vectors.words;
    const [first, second, third] = [4 * num(d), 4 * num(n), 4 * num(m)];
    return (index) => {
      execute(V, first, second, third);
      return index + 1;
    };
  };

/** The SHA-256 instructions. */
export const sha256: Factories = {
  sha256h: op(sha256h),
  sha256h2: op(sha256h2),
  sha256su0: op(sha256su0),
  sha256su1: op(sha256su1),
};
