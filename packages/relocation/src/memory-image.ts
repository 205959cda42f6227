import { PAGE_SIZE } from './page.ts';

/** Pages whose places are kept together: 2 KiB of them. */
const CHUNK_PAGES = 512;

/**
 * Physical memory as a loader leaves it: the pages that it wrote, by page frame number.
 *
 * What is loaded from a file is not copied: its pages are views of the file's bytes, until one is written to.
 */
export class MemoryImage {
  /** Whole pages to share; all of them are numbered through. */
  readonly #pieces: Uint8Array[] = [];
  /** The number of each piece's first page. */
  readonly #starts: number[] = [];
  #pieceEnd = 0;
  /** For each page, one more than the number of the shared page that stands there; 0 for none. By chunks. */
  readonly #places = new Map<number, Uint32Array>();
  /** Pages with bytes of their own. */
  readonly #own = new Map<number, Uint8Array>();
  #size = 0;

  /** The 4096 bytes of a page, to read, or `undefined` where nothing was written. */
  page(pfn: number): Uint8Array | undefined {
    const own = this.#own.get(pfn);
    if (own !== undefined) return own;
    const place = this.#placeOf(pfn);
    return place === 0 ? undefined : this.#sharedPages(place - 1, 1);
  }

  /**
   * The bytes from a page on, to read: of as many pages, up to `most`, as stand one after the other in the same buffer.
   * `undefined` where nothing was written.
   */
  pagesFrom(pfn: number, most: number): Uint8Array | undefined {
    const own = this.#own.get(pfn);
    if (own !== undefined) return own;
    const place = this.#placeOf(pfn);
    if (place === 0) return undefined;
    const limit = Math.min(most, this.#pagesOfPieceFrom(place - 1));
    let pages = 1;
    while (pages < limit && this.#placeOf(pfn + pages) === place + pages && !this.#own.has(pfn + pages)) pages += 1;
    return this.#sharedPages(place - 1, pages);
  }

  /** Whether a page was written. */
  has(pfn: number): boolean {
    return this.#own.has(pfn) || this.#placeOf(pfn) !== 0;
  }

  /** The 4096 bytes of a page, to write to; a page that nothing was written to is zero. */
  writable(pfn: number): Uint8Array {
    const own = this.#own.get(pfn);
    if (own !== undefined) return own;
    this.store(pfn, this.page(pfn) ?? new Uint8Array());
    return this.writable(pfn);
  }

  /** Writes a page; shorter content is padded with zeros. */
  store(pfn: number, content: Uint8Array): void {
    const page = new Uint8Array(PAGE_SIZE);
    page.set(content);
    if (!this.#own.has(pfn) && this.#placeOf(pfn) === 0) this.#size += 1;
    this.#own.set(pfn, page);
  }

  /** Takes bytes, whole pages, to be shared; returns the number of the first, for `place`. */
  share(bytes: Uint8Array): number {
    const first = this.#pieceEnd;
    this.#pieces.push(bytes);
    this.#starts.push(first);
    this.#pieceEnd += bytes.length / PAGE_SIZE;
    return first;
  }

  /** Puts a shared page at a page frame, over what stood there. */
  place(pfn: number, shared: number): void {
    const number = Math.floor(pfn / CHUNK_PAGES);
    let chunk = this.#places.get(number);
    if (chunk === undefined) {
      chunk = new Uint32Array(CHUNK_PAGES);
      this.#places.set(number, chunk);
    }
    if (!this.#own.delete(pfn) && chunk[pfn % CHUNK_PAGES] === 0) this.#size += 1;
    chunk[pfn % CHUNK_PAGES] = shared + 1;
  }

  /** All pages that were written, by ascending page frame number, each to read. */
  *pages(): Generator<[number, Uint8Array], undefined> {
    const numbers = new Set(this.#places.keys());
    for (const pfn of this.#own.keys()) numbers.add(Math.floor(pfn / CHUNK_PAGES));
    for (const number of Float64Array.from(numbers).sort()) {
      for (let pfn = number * CHUNK_PAGES; pfn < (number + 1) * CHUNK_PAGES; pfn++) {
        const page = this.page(pfn);
        if (page !== undefined) yield [pfn, page];
      }
    }
  }

  /** How many pages were written. */
  get size(): number {
    return this.#size;
  }

  #placeOf(pfn: number): number {
    return this.#places.get(Math.floor(pfn / CHUNK_PAGES))?.[pfn % CHUNK_PAGES] ?? 0;
  }

  #pagesOfPieceFrom(shared: number): number {
    return (this.#starts[this.#pieceOf(shared) + 1] ?? this.#pieceEnd) - shared;
  }

  #sharedPages(shared: number, pages: number): Uint8Array | undefined {
    const piece = this.#pieceOf(shared);
    const from = (shared - (this.#starts[piece] ?? 0)) * PAGE_SIZE;
    return this.#pieces[piece]?.subarray(from, from + pages * PAGE_SIZE);
  }

  /** The piece that holds a shared page: the last that starts at or before it. */
  #pieceOf(shared: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] ?? 0) <= shared) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
