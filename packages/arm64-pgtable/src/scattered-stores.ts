/** Stores that wait to be made together. */
const WAITING = 512;

/**
 * Stores to descriptors far from each other, made many at a time. Each of them waits for memory, and a CPU makes stores in
 * their order: only where nothing else is stored in between do they wait together.
 */
export class ScatteredStores {
  readonly #words: Uint32Array;
  readonly #at = new Float64Array(WAITING);
  readonly #low = new Uint32Array(WAITING);
  readonly #high = new Uint32Array(WAITING);
  #count = 0;

  constructor(words: Uint32Array) {
    this.#words = words;
  }

  put(at: number, low: number, high: number): void {
    if (this.#count === WAITING) this.flush();
    this.#at[this.#count] = at;
    this.#low[this.#count] = low;
    this.#high[this.#count] = high;
    this.#count += 1;
  }

  flush(): void {
    for (let index = 0; index < this.#count; index++) {
      const at = this.#at[index] ?? 0;
      this.#words[at] = this.#low[index] ?? 0;
      this.#words[at + 1] = this.#high[index] ?? 0;
    }
    this.#count = 0;
  }
}
