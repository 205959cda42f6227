import { PAGE_SIZE } from './page.ts';

/** Physical memory as a loader leaves it: the pages that it wrote, by page frame number. */
export class MemoryImage {
  readonly #pages = new Map<number, Uint8Array>();

  /** The 4096 bytes of a page, or `undefined` where nothing was written. */
  page(pfn: number): Uint8Array | undefined {
    return this.#pages.get(pfn);
  }

  /** Writes a page; shorter content is padded with zeros. */
  store(pfn: number, content: Uint8Array): void {
    const page = new Uint8Array(PAGE_SIZE);
    page.set(content);
    this.#pages.set(pfn, page);
  }

  /** All pages that were written, in the order of their writing. */
  pages(): IterableIterator<[number, Uint8Array]> {
    return this.#pages.entries();
  }

  /** How many pages were written. */
  get size(): number {
    return this.#pages.size;
  }
}
