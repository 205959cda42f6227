// XXH64 as Zstandard uses it for its checksum (RFC 8878 3.1.1; xxHash specification, "XXH64 algorithm"), seed 0.
// The bulk runs on 32-bit halves: with bigint, a kernel would take seconds instead of a tenth of one.

const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;

const STRIPE = 32;

/** XXH64 of all the bytes, seed 0. */
export function xxh64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stripesEnd = bytes.length - (bytes.length % STRIPE);
  let hash = stripesEnd === 0 ? PRIME_5 : stripes(view, stripesEnd);
  hash = wrap(hash + BigInt(bytes.length));
  return avalanche(tail(view, stripesEnd, hash));
}

function stripes(view: DataView, end: number): bigint {
  const lanes = [wrap(PRIME_1 + PRIME_2), PRIME_2, 0n, wrap(-PRIME_1)].map((start, index) =>
    lane(view, index * 8, end, start),
  );
  const [a = 0n, b = 0n, c = 0n, d = 0n] = lanes;
  let hash = wrap(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
  for (const each of lanes) hash = wrap((hash ^ round(0n, each)) * PRIME_1 + PRIME_4);
  return hash;
}

const PRIME_1_HIGH = Number(PRIME_1 >> 32n) | 0;
const PRIME_1_LOW = Number(PRIME_1 & 0xffffffffn);
const PRIME_2_HIGH = Number(PRIME_2 >> 32n) | 0;
const PRIME_2_LOW = Number(PRIME_2 & 0xffffffffn);

/** One of the four accumulators: eight bytes of every stripe, from offset `first`. */
function lane(view: DataView, first: number, end: number, start: bigint): bigint {
  let high = Number(start >> 32n) | 0;
  let low = Number(start & 0xffffffffn) | 0;
  for (let at = first; at < end; at += STRIPE) {
    const inputLow = view.getUint32(at, true);
    const inputHigh = view.getUint32(at + 4, true);
    // accumulator + input * PRIME_2
    const productHigh =
      mulHigh(inputLow, PRIME_2_LOW) + Math.imul(inputLow, PRIME_2_HIGH) + Math.imul(inputHigh, PRIME_2_LOW);
    const sumLow = (low >>> 0) + (Math.imul(inputLow, PRIME_2_LOW) >>> 0);
    const sumHigh = (high + productHigh + (sumLow > 0xffffffff ? 1 : 0)) | 0;
    // rotated left by 31, which is one to the right with the halves exchanged
    const turnedHigh = (sumHigh << 31) | ((sumLow | 0) >>> 1);
    const turnedLow = (sumLow << 31) | (sumHigh >>> 1);
    // times PRIME_1
    high =
      (mulHigh(turnedLow, PRIME_1_LOW) + Math.imul(turnedLow, PRIME_1_HIGH) + Math.imul(turnedHigh, PRIME_1_LOW)) | 0;
    low = Math.imul(turnedLow, PRIME_1_LOW);
  }
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** The upper 32 bits of a product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return aHigh * bHigh + (middle >>> 16) + ((aLow * bHigh + (middle & 0xffff)) >>> 16);
}

function tail(view: DataView, start: number, hash: bigint): bigint {
  let value = hash;
  let at = start;
  for (; at + 8 <= view.byteLength; at += 8) {
    value = wrap(rotate(value ^ round(0n, view.getBigUint64(at, true)), 27n) * PRIME_1 + PRIME_4);
  }
  if (at + 4 <= view.byteLength) {
    value = wrap(rotate(value ^ wrap(BigInt(view.getUint32(at, true)) * PRIME_1), 23n) * PRIME_2 + PRIME_3);
    at += 4;
  }
  for (; at < view.byteLength; at++) {
    value = wrap(rotate(value ^ wrap(BigInt(view.getUint8(at)) * PRIME_5), 11n) * PRIME_1);
  }
  return value;
}

function avalanche(hash: bigint): bigint {
  let value = wrap((hash ^ (hash >> 33n)) * PRIME_2);
  value = wrap((value ^ (value >> 29n)) * PRIME_3);
  return value ^ (value >> 32n);
}

function round(accumulator: bigint, input: bigint): bigint {
  return wrap(rotate(wrap(accumulator + input * PRIME_2), 31n) * PRIME_1);
}

function rotate(value: bigint, bits: bigint): bigint {
  return wrap(value << bits) | (value >> (64n - bits));
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
