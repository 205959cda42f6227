import type { PageAllocator } from './allocator.ts';
import { EntryList, type EntryPage, entryPagesFor, IND_DESTINATION, IND_SOURCE, runWordsFor } from './entry-list.ts';
import { RelocationError } from './error.ts';
import { pfnOf } from './page.ts';
import { runsOf } from './runs.ts';
import type { Segment } from './segment.ts';
import { type LoadedSegment, SourceTable } from './source-table.ts';

/** Highest addresses that an architecture can use; by default none is too high, as on arm64. */
export interface KimageLimits {
  readonly source?: bigint;
  readonly control?: bigint;
}

/** How an image is loaded. */
export interface KimageOptions extends KimageLimits {
  /**
   * Take sources in the largest blocks that the allocator gives, and pages of the list apart from them: longer runs. The
   * list has one source word for up to `RUN_PAGES` neighbours, and shrinks with the runs; our own routine reads it. By
   * default pages are taken one by one in exactly the kernel's order, with a word for each, as Linux's routine reads them.
   */
  readonly contiguous?: boolean;
  /** Where sources come from, if not from where control pages do; the list of a contiguous image counts as control pages. */
  readonly sources?: PageAllocator;
}

const NO_LIMIT = (1n << 64n) - 1n;

/** The largest block that is asked for: 2^10 pages, the kernel's MAX_PAGE_ORDER with 4 KiB pages. */
const MAX_ORDER = 10;

/**
 * The loading state of an image: which pages it owns, and which source page each destination page has.
 *
 * The invariant that makes copying in list order safe: a source page is either its own destination, or no segment's
 * destination (`kimage_alloc_page` in the kernel's kexec core).
 */
export class Kimage {
  readonly #allocator: PageAllocator;
  readonly #sources: PageAllocator;
  readonly #table: SourceTable;
  readonly #contiguous: boolean;
  /** Pages that are too high to be a source: kept, so that the allocator does not hand them out again. */
  readonly #unusable: number[] = [];
  readonly #sourceLimit: number;
  readonly #controlLimit: number;
  readonly #loaded: LoadedSegment[] = [];
  /** For each loaded segment, the number of its first source's word. */
  readonly #firstEntries: number[] = [];
  #list: EntryList;
  /** What is left of the last block of sources, and the largest order that the allocator may still have. */
  #block = 0;
  #blockLeft = 0;
  #order = MAX_ORDER;

  /**
   * @param segments every destination, of segments that are copied and of those that are not: no page of any of them
   * may become a control page or another's source.
   */
  constructor(segments: readonly Segment[], allocator: PageAllocator, options: KimageOptions = {}) {
    this.#table = new SourceTable(segments);
    this.#allocator = allocator;
    this.#sources = options.sources ?? allocator;
    this.#contiguous = options.contiguous ?? false;
    this.#sourceLimit = pfnOf(options.source ?? NO_LIMIT);
    this.#controlLimit = pfnOf(options.control ?? NO_LIMIT);
    this.#list = new EntryList(() => this.#sourcePage(undefined, 1));
  }

  /** The head word: where the list starts, or DONE where nothing is copied. */
  get head(): bigint {
    return this.#list.head;
  }

  /** The pages of the entry list, in list order. */
  get lists(): readonly EntryPage[] {
    return this.#list.pages;
  }

  /** The segments that were loaded, in their order, with the source of each of their pages. */
  get loaded(): readonly LoadedSegment[] {
    return this.#loaded;
  }

  /** Pages that no destination has come up for, the latest first. */
  get parked(): number[] {
    return this.#table.parked();
  }

  /** Pages that were too high to use, the latest first. */
  get unusable(): number[] {
    return this.#unusable.toReversed();
  }

  /**
   * The first of 2^order pages for the image's own use, nobody's destination (`kimage_alloc_normal_control_pages`).
   *
   * @throws RelocationError `ENOMEM` when the allocator runs dry; what was rejected on the way is given back.
   */
  controlPage(order = 0): number {
    return this.controlPages(1, order)[0] ?? 0;
  }

  /** So many blocks as `controlPage` gives them; what is rejected on the way is given back at the end, the latest first. */
  controlPages(count: number, order = 0): number[] {
    const taken: number[] = [];
    const rejected: number[] = [];
    try {
      while (taken.length < count) {
        const pfn = this.#take(order);
        const fits = pfn + 2 ** order < this.#controlLimit && !this.#table.isDestination(pfn, 2 ** order);
        (fits ? taken : rejected).push(pfn);
      }
      return taken;
    } finally {
      for (const pfn of rejected.reverse()) this.#allocator.free(pfn, order);
    }
  }

  /**
   * Gives every page of a segment a source.
   *
   * @throws RelocationError `ENOMEM` when the allocator runs dry, `EINVAL` for a segment above 32 GiB.
   */
  loadSegment(segment: Segment): void {
    const loaded = this.#table.tableOf(segment);
    const { first, sources } = loaded;
    if (!this.#contiguous) this.#firstEntries.push(this.#list.add(first, IND_DESTINATION) + 1);
    this.#loaded.push(loaded);
    for (let page = 0; page < sources.length; page++) {
      const source = this.#sourcePage(first + page, sources.length - page);
      // The word first, as in Linux: a page that the list takes for it does not see this destination yet.
      if (!this.#contiguous) this.#list.add(source, IND_SOURCE);
      sources[page] = source;
    }
  }

  /** Ends the list. */
  terminate(): void {
    if (this.#contiguous) this.#writeList();
    this.#list.end();
  }

  /** The list of a contiguous image is written at last: its pages then do not stand between the sources. */
  #writeList(): void {
    for (; this.#blockLeft > 0; this.#blockLeft--) this.#sources.free(this.#block + this.#blockLeft - 1, 0);
    const pages = this.controlPages(entryPagesFor(this.#countWords())).values();
    this.#list = new EntryList(() => pages.next().value ?? 0);
    for (const { first, sources } of this.#loaded) {
      this.#list.add(first, IND_DESTINATION);
      for (const { from, to } of runsOf(sources)) this.#list.addRun(sources[from] ?? 0, to - from);
    }
  }

  /** How many words the list takes, links and end apart. */
  #countWords(): number {
    let words = 0;
    for (const { sources } of this.#loaded) {
      words += 1;
      for (const { from, to } of runsOf(sources)) words += runWordsFor(to - from);
    }
    return words;
  }

  /**
   * A page to hold the content of `destination` until it is copied; for a page of the list, of no destination.
   *
   * @param wanted how many pages the caller wants from here on.
   */
  #sourcePage(destination: number | undefined, wanted: number): number {
    if (destination !== undefined && this.#table.isParked(destination)) return destination;
    for (;;) {
      const pfn = this.#contiguous ? this.#takeFromBlock(wanted) : this.#take(0, this.#sources);
      if (pfn > this.#sourceLimit) {
        this.#unusable.push(pfn);
        continue;
      }
      if (pfn === destination || !this.#table.isDestination(pfn, 1)) return pfn;
      const old = this.#table.source(pfn);
      if (old !== undefined) {
        this.#makeItsOwnSource(pfn);
        return old;
      }
      this.#table.park(pfn);
    }
  }

  /** An earlier destination that the allocator gives away takes its content at once; its old source becomes free. */
  #makeItsOwnSource(pfn: number): void {
    this.#table.setSource(pfn, pfn);
    if (this.#contiguous) return;
    const index = this.#loaded.findIndex(({ first, sources }) => first <= pfn && pfn < first + sources.length);
    this.#list.replaceSource((this.#firstEntries[index] ?? 0) + pfn - (this.#loaded[index]?.first ?? 0), pfn);
  }

  #takeFromBlock(wanted: number): number {
    if (this.#blockLeft === 0) {
      let order = Math.min(this.#order, 31 - Math.clz32(wanted));
      let found = this.#sources.allocate(order);
      while (found === undefined && order > 0) {
        order -= 1;
        // No block of an order: from now on there is none either, as nothing is given back.
        this.#order = order;
        found = this.#sources.allocate(order);
      }
      if (found === undefined) throw noPage();
      this.#block = found;
      this.#blockLeft = 2 ** order;
    }
    const pfn = this.#block;
    this.#block += 1;
    this.#blockLeft -= 1;
    return pfn;
  }

  #take(order: number, allocator: PageAllocator = this.#allocator): number {
    const pfn = allocator.allocate(order);
    if (pfn === undefined) throw noPage();
    return pfn;
  }
}

const noPage = (): RelocationError =>
  new RelocationError(
    'ENOMEM',
    'no free page is left for the image',
    'use a machine with more memory, or smaller segments',
  );
