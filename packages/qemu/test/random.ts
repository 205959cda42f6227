/** A source of random 32-bit numbers that gives the same ones for the same seed (Marsaglia's xorshift). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995 || 1;
    for (let turn = 0; turn < 8; turn++) this.word();
  }

  /** 0 to 2^32 - 1. */
  word(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  /** 0 to count - 1. */
  below(count: number): number {
    return Math.floor((this.word() / 2 ** 32) * count);
  }

  /** Once in so many times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** One of these. @throws RangeError for none. */
  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  }

  /** 64 bits, often such that carries, signs and zeros matter. */
  value(): bigint {
    const corner = this.pick([
      0n,
      1n,
      0x7fff_ffffn,
      0x8000_0000n,
      0xffff_ffffn,
      1n << 63n,
      (1n << 63n) - 1n,
      (1n << 64n) - 1n,
    ]);
    switch (this.below(4)) {
      case 0:
        return corner;
      case 1:
        return BigInt.asUintN(64, corner + BigInt(this.below(16) - 8));
      default:
        return (BigInt(this.word()) << 32n) | BigInt(this.word());
    }
  }
}
