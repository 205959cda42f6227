/** Where XZR is written to: a slot that nothing reads. */
export const SINK = 33;
/** Where SP lives; slot 31 is XZR and stays zero. */
export const SP = 32;
/** Where an instruction leaves the address that it computed from more than a base and a constant. */
export const ADDRESS = 34;

/** The general-purpose registers as 32-bit halves, so that no instruction needs a bigint. */
export class Registers {
  readonly low: Int32Array = new Int32Array(35);
  readonly high: Int32Array = new Int32Array(35);

  /** The 64-bit value of a slot. */
  get(slot: number): bigint {
    return (BigInt((this.high[slot] ?? 0) >>> 0) << 32n) | BigInt((this.low[slot] ?? 0) >>> 0);
  }

  /** Sets a slot to a value modulo 2^64. */
  set(slot: number, value: bigint): void {
    this.low[slot] = Number(BigInt.asIntN(32, value));
    this.high[slot] = Number(BigInt.asIntN(32, value >> 32n));
  }
}

/** A 64-bit address from its halves. */
export const addressOf = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
