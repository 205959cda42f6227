import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Choices that follow from a seed. */
export class Random {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return uniformInt(this.#generator, 0, limit - 1);
  }

  /** Yes with this probability. */
  chance(probability: number): boolean {
    return uniformFloat64(this.#generator) < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const found = items[this.below(items.length)];
    if (found === undefined) throw new Error('there is nothing to pick from');
    return found;
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }

  /** 64 bits. */
  word(): bigint {
    return (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32));
  }
}
