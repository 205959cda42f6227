/** A repeatable stream of random numbers (a 32-bit linear congruential generator, its high bits mixed down). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 random bits. */
  word(): number {
    this.#state = (Math.imul(this.#state, 0x915f77f5) + 0x6a09e667) >>> 0;
    const mixed = Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b3c6d);
    return (mixed ^ (mixed >>> 13)) >>> 0;
  }

  /** 0 to `count` - 1; `count` up to 2^53. */
  below(count: number): number {
    return Math.floor(((this.word() * 2 ** 21 + (this.word() >>> 11)) / 2 ** 53) * count);
  }

  chance(probability: number): boolean {
    return this.word() < probability * 2 ** 32;
  }

  of<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** 64 random bits. */
  quad(): bigint {
    return (BigInt(this.word()) << 32n) | BigInt(this.word());
  }
}
