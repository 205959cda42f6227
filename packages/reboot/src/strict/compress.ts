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
  // Four rounds at a time: each takes the names in another order, and the four last names change places with the first.
  for (let round = 0; round < ROUNDS; round += 4) {
    // What the last four rounds start from.
    if (round === ROUNDS - 4) setFour(V, 36, a, b, c, d);
    let s = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    let t = (((((h + s) | 0) + (g ^ (e & (f ^ g)))) | 0) + (((schedule[round] ?? 0) + (V[K + round] ?? 0)) | 0)) | 0;
    s = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    d = (d + t) | 0;
    h = (t + ((s + ((a & b) | (c & (a | b)))) | 0)) | 0;
    s = ((d >>> 6) | (d << 26)) ^ ((d >>> 11) | (d << 21)) ^ ((d >>> 25) | (d << 7));
    t =
      (((((g + s) | 0) + (f ^ (d & (e ^ f)))) | 0) + (((schedule[round + 1] ?? 0) + (V[K + round + 1] ?? 0)) | 0)) | 0;
    s = ((h >>> 2) | (h << 30)) ^ ((h >>> 13) | (h << 19)) ^ ((h >>> 22) | (h << 10));
    c = (c + t) | 0;
    g = (t + ((s + ((h & a) | (b & (h | a)))) | 0)) | 0;
    s = ((c >>> 6) | (c << 26)) ^ ((c >>> 11) | (c << 21)) ^ ((c >>> 25) | (c << 7));
    t =
      (((((f + s) | 0) + (e ^ (c & (d ^ e)))) | 0) + (((schedule[round + 2] ?? 0) + (V[K + round + 2] ?? 0)) | 0)) | 0;
    s = ((g >>> 2) | (g << 30)) ^ ((g >>> 13) | (g << 19)) ^ ((g >>> 22) | (g << 10));
    b = (b + t) | 0;
    f = (t + ((s + ((g & h) | (a & (g | h)))) | 0)) | 0;
    s = ((b >>> 6) | (b << 26)) ^ ((b >>> 11) | (b << 21)) ^ ((b >>> 25) | (b << 7));
    t =
      (((((e + s) | 0) + (d ^ (b & (c ^ d)))) | 0) + (((schedule[round + 3] ?? 0) + (V[K + round + 3] ?? 0)) | 0)) | 0;
    s = ((f >>> 2) | (f << 30)) ^ ((f >>> 13) | (f << 19)) ^ ((f >>> 22) | (f << 10));
    a = (a + t) | 0;
    e = (t + ((s + ((f & g) | (h & (f | g)))) | 0)) | 0;
    t = a;
    a = e;
    e = t;
    t = b;
    b = f;
    f = t;
    t = c;
    c = g;
    g = t;
    t = d;
    d = h;
    h = t;
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
