// 64-bit arithmetic on 32-bit halves. All take and give signed 32-bit integers, so that the compiler keeps them in
// registers; none allocates.

/** The carry out of the addition, with or without a carry in, of two halves that came to `sum`. */
export const carryOf = (a: number, b: number, sum: number): number => ((a & b) | ((a | b) & ~sum)) >>> 31;

/** Whether a + b = sum overflowed as signed halves. */
export const overflowOf = (a: number, b: number, sum: number): number => ((a ^ sum) & (b ^ sum)) >>> 31;

/** The lower half of high:low shifted right by 0 to 31. */
export const funnel = (high: number, low: number, by: number): number => (low >>> by) | ((high << 1) << (31 - by));

/** LSL, LSR, ASR and ROR, as `fieldOfName('shift', …)` numbers them. */
export const LSL = 0;
export const LSR = 1;
export const ASR = 2;
export const ROR = 3;

/** The low half of a value shifted by 0 to 63. */
export function shiftedLow(kind: number, by: number, low: number, high: number): number {
  if (kind === LSL) return by >= 32 ? 0 : low << by;
  if (by < 32) return funnel(high, low, by);
  if (kind === LSR) return high >>> (by - 32);
  return kind === ASR ? high >> (by - 32) : funnel(low, high, by - 32);
}

/** The high half of a value shifted by 0 to 63. */
export function shiftedHigh(kind: number, by: number, low: number, high: number): number {
  if (kind === LSL) return by >= 32 ? low << (by - 32) : (high << by) | ((low >>> 1) >>> (31 - by));
  if (kind === LSR) return by >= 32 ? 0 : high >>> by;
  if (kind === ASR) return by >= 32 ? high >> 31 : high >> by;
  return by >= 32 ? funnel(high, low, by - 32) : funnel(low, high, by);
}

/** A 32-bit value shifted by 0 to 31. */
export function shifted32(kind: number, by: number, value: number): number {
  if (kind === LSL) return value << by;
  if (kind === LSR) return value >>> by;
  return kind === ASR ? value >> by : (value >>> by) | (value << (32 - by));
}

/** The upper half of the product of two unsigned halves (the lower is `Math.imul`). */
export function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) | 0;
  const rest = (Math.imul(a0, b1) + (middle & 0xffff)) | 0;
  return (Math.imul(a1, b1) + (middle >>> 16) + (rest >>> 16)) | 0;
}

/** The upper half of the product of two signed halves. */
export const multiplyHighSigned = (a: number, b: number): number =>
  (multiplyHigh(a, b) - ((a >> 31) & b) - ((b >> 31) & a)) | 0;

/** The bytes of a word in the other order. */
export const reverseBytes = (word: number): number =>
  (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
