const PIECES = 512;

/** Cuts many small arrays out of few large ones: making a typed array of its own costs more than filling it. */
export class Pieces<T extends Uint8Array | Uint32Array> {
  readonly #length: number;
  readonly #make: (length: number) => T;
  readonly #cut: (whole: T, from: number, to: number) => T;
  #whole: T | undefined;
  #next = 0;

  constructor(length: number, make: (length: number) => T, cut: (whole: T, from: number, to: number) => T) {
    this.#length = length;
    this.#make = make;
    this.#cut = cut;
  }

  /** The next piece, all zero. */
  take(): T {
    if (this.#whole === undefined || this.#next === this.#whole.length) {
      this.#whole = this.#make(this.#length * PIECES);
      this.#next = 0;
    }
    const from = this.#next;
    this.#next += this.#length;
    return this.#cut(this.#whole, from, this.#next);
  }
}
