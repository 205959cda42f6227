import type { Cpu } from '../cpu.ts';
import { type Factories, type Factory, num } from './op.ts';

// The SHA-256 instructions (FEAT_SHA256). A state register holds words a to d or e to h of FIPS 180-4, a first.

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** Words a to h after the last four rounds. */
const state = new Int32Array(8);

/** The SHA256H that was executed last: by whom, when, from which registers, and its words a to d. */
const last: { cpu: Cpu | null; left: number; efgh: number; words: number; a: number; b: number; c: number; d: number } =
  {
    cpu: null,
    left: 0,
    efgh: 0,
    words: 0,
    a: 0,
    b: 0,
    c: 0,
    d: 0,
  };

/** Four rounds from the words a to h and those to add, which hold schedule plus constants. */
function fourRounds(V: Uint32Array, abcd: number, efgh: number, words: number): void {
  let a = V[abcd] ?? 0;
  let b = V[abcd + 1] ?? 0;
  let c = V[abcd + 2] ?? 0;
  let d = V[abcd + 3] ?? 0;
  let e = V[efgh] ?? 0;
  let f = V[efgh + 1] ?? 0;
  let g = V[efgh + 2] ?? 0;
  let h = V[efgh + 3] ?? 0;
  for (let round = words; round < words + 4; round++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const sigma1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const sigma0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const first = (h + sigma1 + choice + (V[round] ?? 0)) | 0;
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

/** SHA256H: words a to d after four rounds from d = abcd, n = efgh. */
const lowerRounds: Factory = (cpu, [d, n, m]) => {
  const V = cpu.vectors.words;
  const [to, efgh, words] = [4 * num(d), 4 * num(n), 4 * num(m)];
  return (index) => {
    // What it overwrites itself it cannot vouch for.
    last.cpu = to === efgh || to === words ? null : cpu;
    last.left = cpu.left;
    last.efgh = efgh;
    last.words = words;
    last.a = (V[to] ?? 0) | 0;
    last.b = (V[to + 1] ?? 0) | 0;
    last.c = (V[to + 2] ?? 0) | 0;
    last.d = (V[to + 3] ?? 0) | 0;
    fourRounds(V, to, efgh, words);
    V[to] = state[0] ?? 0;
    V[to + 1] = state[1] ?? 0;
    V[to + 2] = state[2] ?? 0;
    V[to + 3] = state[3] ?? 0;
    return index + 1;
  };
};

/**
 * SHA256H2: words e to h from d = efgh, n = abcd. It mostly follows the SHA256H of the same rounds, which has done them:
 * right behind it, its other registers have not changed, and n needs only be what that had as words a to d.
 */
const upperRounds: Factory = (cpu, [d, n, m]) => {
  const V = cpu.vectors.words;
  const [to, abcd, words] = [4 * num(d), 4 * num(n), 4 * num(m)];
  return (index) => {
    const follows = last.cpu === cpu && last.left === cpu.left + 1 && last.efgh === to && last.words === words;
    const same =
      follows &&
      (((V[abcd] ?? 0) ^ last.a) |
        ((V[abcd + 1] ?? 0) ^ last.b) |
        ((V[abcd + 2] ?? 0) ^ last.c) |
        ((V[abcd + 3] ?? 0) ^ last.d)) ===
        0;
    if (!same) fourRounds(V, abcd, to, words);
    V[to] = state[4] ?? 0;
    V[to + 1] = state[5] ?? 0;
    V[to + 2] = state[6] ?? 0;
    V[to + 3] = state[7] ?? 0;
    return index + 1;
  };
};

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
  sha256h: lowerRounds,
  sha256h2: upperRounds,
  sha256su0: scheduleFirst,
  sha256su1: scheduleSecond,
};
