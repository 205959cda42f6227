import type { PageAllocator } from './allocator.ts';
import { ENTRIES_PER_PAGE, IND_DESTINATION, IND_DONE, IND_INDIRECTION, IND_SOURCE } from './entry-list.ts';
import { RelocationError } from './error.ts';
import { addressOf, pfnOf } from './page.ts';
import { isDestination, type Segment } from './segment.ts';

/**
 * The loading state of an image: which pages it owns, and which source page each destination page has.
 *
 * The invariant that makes copying in list order safe: a source page is either its own destination, or no segment's
 * destination (`kimage_alloc_page` in the kernel's kexec core).
 */
export class Kimage {
  readonly #allocator: PageAllocator;
  readonly #segments: readonly Segment[];
  /** Source of each destination page that has one, by destination. */
  readonly #sources = new Map<number, number>();
  /** Pages that are some destination without a source yet: kept for when that destination comes up. */
  readonly #parked = new Set<number>();
  readonly #lists: { readonly pfn: number; readonly words: BigUint64Array }[] = [];
  #head = 0n;
  #slot = 0;

  /**
   * @param segments every destination, of segments that are copied and of those that are not: no page of any of them
   * may become a control page or another's source.
   */
  constructor(segments: readonly Segment[], allocator: PageAllocator) {
    this.#segments = segments;
    this.#allocator = allocator;
  }

  /** The head word: where the list starts, or DONE where nothing is copied. */
  get head(): bigint {
    return this.#head;
  }

  /** The pages of the entry list, in list order. */
  get lists(): readonly { readonly pfn: number; readonly words: BigUint64Array }[] {
    return this.#lists;
  }

  /** The source page of each destination page. */
  get sources(): ReadonlyMap<number, number> {
    return this.#sources;
  }

  /**
   * A page for the image's own use that is nobody's destination.
   *
   * @throws RelocationError `ENOMEM` when the allocator runs dry.
   */
  controlPage(): number {
    const rejected: number[] = [];
    for (;;) {
      const pfn = this.#take();
      if (!this.#isDestination(pfn)) {
        for (const other of rejected.toReversed()) this.#allocator.free(other, 0);
        return pfn;
      }
      rejected.push(pfn);
    }
  }

  /** Gives every page of a segment a source and writes its entries. */
  loadSegment(segment: Segment): void {
    this.#addEntry(segment.mem | BigInt(IND_DESTINATION));
    const first = pfnOf(segment.mem);
    const pages = Number(segment.memsz / 4096n);
    for (let page = 0; page < pages; page++) {
      const source = this.#sourcePage(first + page);
      this.#sources.set(first + page, source);
      this.#addEntry(addressOf(source) | BigInt(IND_SOURCE));
    }
  }

  /**
   * Ends the list. A swap may have changed the source of an earlier page, so the words are settled only now.
   */
  terminate(): void {
    if (this.#lists.length === 0) {
      this.#head = BigInt(IND_DONE);
      return;
    }
    const words = this.#lists.at(-1)?.words;
    if (words !== undefined) words[this.#slot] = BigInt(IND_DONE);
    this.#settleSources();
  }

  /** Rewrites every source word from the final table of sources. */
  #settleSources(): void {
    let destination = 0;
    for (const { words } of this.#lists) {
      for (let index = 0; index < ENTRIES_PER_PAGE; index++) {
        const word = words[index] ?? 0n;
        if ((word & BigInt(IND_DESTINATION)) !== 0n) destination = pfnOf(word);
        if ((word & BigInt(IND_SOURCE)) === 0n) continue;
        words[index] = addressOf(this.#sources.get(destination) ?? 0) | BigInt(IND_SOURCE);
        destination += 1;
      }
    }
  }

  /** A page to hold the content of `destination` until it is copied; for a page of the list, of no destination. */
  #sourcePage(destination: number | undefined): number {
    if (destination !== undefined && this.#parked.delete(destination)) return destination;
    for (;;) {
      const pfn = this.#take();
      if (pfn === destination || !this.#isDestination(pfn)) return pfn;
      const old = this.#sources.get(pfn);
      if (old !== undefined) {
        this.#sources.set(pfn, pfn);
        return old;
      }
      this.#parked.add(pfn);
    }
  }

  #addEntry(word: bigint): void {
    let list = this.#lists.at(-1);
    if (list === undefined || this.#slot === ENTRIES_PER_PAGE - 1) {
      const pfn = this.#sourcePage(undefined);
      const link = addressOf(pfn) | BigInt(IND_INDIRECTION);
      if (list === undefined) this.#head = link;
      else list.words[this.#slot] = link;
      list = { pfn, words: new BigUint64Array(ENTRIES_PER_PAGE) };
      this.#lists.push(list);
      this.#slot = 0;
    }
    list.words[this.#slot] = word;
    this.#slot += 1;
  }

  #take(): number {
    const pfn = this.#allocator.allocate(0);
    if (pfn === undefined) {
      throw new RelocationError(
        'ENOMEM',
        'no free page is left for the image',
        'use a machine with more memory, or smaller segments',
      );
    }
    return pfn;
  }

  #isDestination(pfn: number): boolean {
    const start = addressOf(pfn);
    return isDestination(this.#segments, start, start + 4095n);
  }
}
