import { GONE, type Origin, type Turn } from './held.ts';

/**
 * Leaves that are held of one table, in columns: of each entry one value. A table that goes whole costs nothing for each: the
 * words are those of the table as long as no other is put, and one state is that of all as long as they share it.
 */
export class HeldLeaves {
  readonly entries: number;
  /** How many are held. */
  count: number;
  /** The state of each; undefined while all entries have that of `#all`. */
  #states: Uint8Array | undefined;
  #all: number = GONE;
  #words: Uint32Array;
  #isOwn: boolean;
  readonly #origin: Origin;
  #origins: Origin[] | undefined;

  /** @param words what entries have until others are put; it is not written here, and must stay as it is. */
  constructor(entries: number, words: Uint32Array, origin: Origin) {
    this.entries = entries;
    this.count = 0;
    this.#words = words;
    this.#isOwn = false;
    this.#origin = origin;
    if (words.length < 2 * entries) this.#copy();
  }

  /** Holds entries that have their first words, in one state: those that are marked, or all. */
  fill(state: number, count: number, marked: Uint8Array): void {
    this.count = count;
    this.#all = state;
    this.#states = count === this.entries ? undefined : marked.map((mark) => (mark === 0 ? GONE : state));
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

  state(index: number): number {
    return this.#states === undefined ? this.#all : (this.#states[index] ?? GONE);
  }

  put(index: number, low: number, high: number, origin: Origin, state: number): void {
    if (origin !== this.origin(index)) {
      this.#origins ??= new Array<Origin>(this.entries).fill(this.#origin);
      this.#origins[index] = origin;
    }
    this.turnTo(index, state);
    if (((this.low(index) ^ low) | (this.high(index) ^ high)) === 0) return;
    if (!this.#isOwn) this.#copy();
    this.#words[2 * index] = low;
    this.#words[2 * index + 1] = high;
  }

  turnTo(index: number, state: number): void {
    const before = this.state(index);
    if (before === state) return;
    this.#states ??= new Uint8Array(this.entries).fill(this.#all);
    this.#states[index] = state;
    this.count += Number(before === GONE) - Number(state === GONE);
  }

  /** Turns the states of the entries `[first, end)`. Returns whether any is another. */
  turn(first: number, end: number, turn: Turn): boolean {
    if (this.#states === undefined && first === 0 && end === this.entries) {
      const before = this.#all;
      this.#all = turn[before] ?? before;
      if (this.#all === GONE) this.count = 0;
      return this.#all !== before;
    }
    let isTurned = false;
    for (let index = first; index < end; index++) {
      const before = this.state(index);
      const after = turn[before] ?? before;
      if (after === before) continue;
      this.turnTo(index, after);
      isTurned = true;
    }
    return isTurned;
  }

  #copy(): void {
    const copy = new Uint32Array(2 * this.entries);
    copy.set(this.#words.subarray(0, copy.length));
    this.#words = copy;
    this.#isOwn = true;
  }
}
