/** Pages whose bits stand together: 4 KiB of them. */
const CHUNK_PAGES = 2 ** 15;

/** A set of page frame numbers: a bit for each page of the stretches that it touches, nothing for the others. */
export class PageSet {
  readonly #chunks = new Map<number, Uint32Array>();
  /** The chunk that was asked for last: pages come in runs. */
  #last: Uint32Array | undefined;
  #lastNumber = -1;
  #size = 0;

  /** How many pages it holds. */
  get size(): number {
    return this.#size;
  }

  has(pfn: number): boolean {
    const chunk = this.#chunk(Math.floor(pfn / CHUNK_PAGES));
    if (chunk === undefined) return false;
    const bit = pfn % CHUNK_PAGES;
    return ((chunk[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }

  /** The first page from `pfn` on that is not in the set. Full words and stretches are passed over at once. */
  nextAbsent(pfn: number): number {
    if (!this.has(pfn)) return pfn;
    for (let number = Math.floor(pfn / CHUNK_PAGES), from = pfn % CHUNK_PAGES; ; number++, from = 0) {
      const chunk = this.#chunks.get(number);
      const found = chunk === undefined ? from : absentIn(chunk, from);
      if (found < CHUNK_PAGES) return number * CHUNK_PAGES + found;
    }
  }

  /** Adds a page; false if it was in the set already. */
  add(pfn: number): boolean {
    const number = Math.floor(pfn / CHUNK_PAGES);
    const chunk = this.#chunk(number) ?? this.#newChunk(number);
    const bit = pfn % CHUNK_PAGES;
    const word = chunk[bit >>> 5] ?? 0;
    const mask = 1 << (bit & 31);
    if ((word & mask) !== 0) return false;
    chunk[bit >>> 5] = word | mask;
    this.#size += 1;
    return true;
  }

  #chunk(number: number): Uint32Array | undefined {
    if (number !== this.#lastNumber) {
      this.#last = this.#chunks.get(number);
      this.#lastNumber = number;
    }
    return this.#last;
  }

  #newChunk(number: number): Uint32Array {
    const chunk = new Uint32Array(CHUNK_PAGES / 32);
    this.#chunks.set(number, chunk);
    this.#last = chunk;
    return chunk;
  }
}

/** The first bit of a chunk from `from` on that is clear; `CHUNK_PAGES` where none is. */
function absentIn(chunk: Uint32Array, from: number): number {
  // What comes before `from` counts as set.
  let set = ((chunk[from >>> 5] ?? 0) | ((1 << (from & 31)) - 1)) >>> 0;
  let word = from >>> 5;
  while (set === 0xffff_ffff && word < chunk.length) {
    word += 1;
    set = chunk[word] ?? 0;
  }
  return word >= chunk.length ? CHUNK_PAGES : 32 * word + 31 - Math.clz32(~set & -~set);
}
