// What the words of `blockWords` do to SIMD registers. The vectors are words: register v stands at 4 * v.

const ROUNDS = 64;
/** Where the round constants begin. */
const K = 4 * 16;
const schedule = new Int32Array(ROUNDS);

/** The message schedule (FIPS 180-4, 6.2.2), from 16 words as they stand in memory. */
function extend(message: Int32Array): void {
  for (let at = 0; at < 16; at++) {
    const word = message[at] ?? 0;
    schedule[at] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  }
  for (let at = 16; at < ROUNDS; at++) {
    const x = schedule[at - 15] ?? 0;
    const y = schedule[at - 2] ?? 0;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    schedule[at] = (((s1 + (schedule[at - 7] ?? 0)) | 0) + ((s0 + (schedule[at - 16] ?? 0)) | 0)) | 0;
  }
}

/**
 * One block: v0 and v1 get the new state, v2 to v9 what the words leave in them.
 *
 * Sums are cut to integers two by two, and variables are set one by one: engines take it for integers only so.
 */
export function compress(V: Int32Array, message: Int32Array): void {
  extend(message);
  let a = V[0] ?? 0;
  let b = V[1] ?? 0;
  let c = V[2] ?? 0;
  let d = V[3] ?? 0;
  let e = V[4] ?? 0;
  let f = V[5] ?? 0;
  let g = V[6] ?? 0;
  let h = V[7] ?? 0;
  setFour(V, 8, a, b, c, d);
  setFour(V, 12, e, f, g, h);
  for (let round = 0; round < ROUNDS; round++) {
    // What the last four rounds start from.
    if (round === ROUNDS - 4) setFour(V, 36, a, b, c, d);
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const word = ((schedule[round] ?? 0) + (V[K + round] ?? 0)) | 0;
    const t = (((((h + s1) | 0) + (g ^ (e & (f ^ g)))) | 0) + word) | 0 | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const u = (s0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t) | 0;
    d = c;
    c = b;
    b = a;
    a = (t + u) | 0;
  }
  addFour(V, 0, a, b, c, d);
  addFour(V, 4, e, f, g, h);
  for (let at = 0; at < 16; at++) V[16 + at] = schedule[48 + at] ?? 0;
  for (let at = 0; at < 4; at++) V[32 + at] = (schedule[60 + at] ?? 0) + (V[K + 60 + at] ?? 0);
}

function setFour(V: Int32Array, at: number, a: number, b: number, c: number, d: number): void {
  V[at] = a;
  V[at + 1] = b;
  V[at + 2] = c;
  V[at + 3] = d;
}

/** The state from before stands two registers behind. */
function addFour(V: Int32Array, at: number, a: number, b: number, c: number, d: number): void {
  V[at] = a + (V[at + 8] ?? 0);
  V[at + 1] = b + (V[at + 9] ?? 0);
  V[at + 2] = c + (V[at + 10] ?? 0);
  V[at + 3] = d + (V[at + 11] ?? 0);
}
