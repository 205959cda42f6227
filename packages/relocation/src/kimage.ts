import type { PageAllocator } from './allocator.ts';
import { ENTRIES_PER_PAGE, IND_DESTINATION, IND_DONE, IND_INDIRECTION, IND_SOURCE } from './entry-list.ts';
import { RelocationError } from './error.ts';
import { addressOf, pfnOf } from './page.ts';
import { isDestination, type Segment } from './segment.ts';

/** Highest addresses that an architecture can use; by default none is too high, as on arm64. */
export interface KimageLimits {
  readonly source?: bigint;
  readonly control?: bigint;
}

const NO_LIMIT = (1n << 64n) - 1n;

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
  /** Pages that are too high to be a source: kept, so that the allocator does not hand them out again. */
  readonly #unusable = new Set<number>();
  readonly #sourceLimit: number;
  readonly #controlLimit: number;
  readonly #lists: { readonly pfn: number; readonly words: BigUint64Array }[] = [];
  #head = 0n;
  #slot = 0;

  /**
   * @param segments every destination, of segments that are copied and of those that are not: no page of any of them
   * may become a control page or another's source.
   */
  constructor(segments: readonly Segment[], allocator: PageAllocator, limits: KimageLimits = {}) {
    this.#segments = segments;
    this.#allocator = allocator;
    this.#sourceLimit = pfnOf(limits.source ?? NO_LIMIT);
    this.#controlLimit = pfnOf(limits.control ?? NO_LIMIT);
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

  /** Pages that no destination has come up for, the latest first. */
  get parked(): number[] {
    return [...this.#parked].reverse();
  }

  /** Pages that were too high to use, the latest first. */
  get unusable(): number[] {
    return [...this.#unusable].reverse();
  }

  /**
   * The first of 2^order pages for the image's own use, nobody's destination (`kimage_alloc_normal_control_pages`).
   *
   * @throws RelocationError `ENOMEM` when the allocator runs dry; what was rejected on the way is given back.
   */
  controlPage(order = 0): number {
    const rejected: number[] = [];
    try {
      for (;;) {
        const pfn = this.#take(order);
        if (pfn + 2 ** order < this.#controlLimit && !this.#isDestination(pfn, 2 ** order)) return pfn;
        rejected.push(pfn);
      }
    } finally {
      for (const pfn of rejected.reverse()) this.#allocator.free(pfn, order);
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
      const pfn = this.#take(0);
      if (pfn > this.#sourceLimit) {
        this.#unusable.add(pfn);
        continue;
      }
      if (pfn === destination || !this.#isDestination(pfn, 1)) return pfn;
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

  #take(order: number): number {
    const pfn = this.#allocator.allocate(order);
    if (pfn === undefined) {
      throw new RelocationError(
        'ENOMEM',
        'no free page is left for the image',
        'use a machine with more memory, or smaller segments',
      );
    }
    return pfn;
  }

  #isDestination(pfn: number, pages: number): boolean {
    const start = addressOf(pfn);
    return isDestination(this.#segments, start, start + addressOf(pages) - 1n);
  }
}
