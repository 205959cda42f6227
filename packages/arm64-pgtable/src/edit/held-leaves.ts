import { GONE, type Origin } from './held.ts';

/**
 * Leaves that are held of one table, in columns: of each entry one value. Their words are those of the table as long as no other
 * is put, so that a table that goes whole costs a byte an entry.
 */
export class HeldLeaves {
  /** What became of each, by entry. */
  readonly states: Uint8Array;
  /** How many are held. */
  count: number;
  #words: Uint32Array;
  #isOwn: boolean;
  readonly #origin: Origin;
  #origins: Origin[] | undefined;

  /** @param words what entries have until others are put; it is not written here, and must stay as it is. */
  constructor(states: Uint8Array, count: number, words: Uint32Array, origin: Origin) {
    this.states = states;
    this.count = count;
    this.#words = words;
    this.#isOwn = false;
    this.#origin = origin;
    if (words.length < 2 * states.length) this.#copy();
  }

  low(index: number): number {
    return this.#words[2 * index] ?? 0;
  }

  high(index: number): number {
    return this.#words[2 * index + 1] ?? 0;
  }

  origin(index: number): Origin {
    return this.#origins?.[index] ?? this.#origin;
  }

  put(index: number, low: number, high: number, origin: Origin, state: number): void {
    if (origin !== this.origin(index)) {
      this.#origins ??= new Array<Origin>(this.states.length).fill(this.#origin);
      this.#origins[index] = origin;
    }
    if (this.states[index] === GONE) this.count += 1;
    this.states[index] = state;
    if (((this.low(index) ^ low) | (this.high(index) ^ high)) === 0) return;
    if (!this.#isOwn) this.#copy();
    this.#words[2 * index] = low;
    this.#words[2 * index + 1] = high;
  }

  drop(index: number): void {
    if (this.states[index] === GONE) return;
    this.states[index] = GONE;
    this.count -= 1;
  }

  #copy(): void {
    const copy = new Uint32Array(2 * this.states.length);
    copy.set(this.#words.subarray(0, copy.length));
    this.#words = copy;
    this.#isOwn = true;
  }
}
