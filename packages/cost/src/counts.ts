/** What a run did, event by event. The counters of `@kexeckit/arm64-machine` satisfy it. */
export interface EventCounts {
  /** Instructions retired. */
  readonly instructions: number;
  /** Loads and stores that went to memory because caching was off. */
  readonly uncachedAccesses: number;
  /** Cache lines (64 bytes) brought in, for a load or a store. */
  readonly lineFills: number;
  /** Dirty cache lines written to the point of coherency by maintenance. */
  readonly lineCleans: number;
  /** Translations that took a table walk. */
  readonly tableWalks: number;
}

// Linux's routine, a 4 KiB page: 256 loads and 256 stores of 16 bytes; with caches, 64 lines read, 64 written
// to (each is brought in first) and 64 cleaned.
const PAGES_PER_MEGABYTE = 256;
const INSTRUCTIONS_PER_PAGE = 1045;
const UNCACHED_ACCESSES_PER_PAGE = 512;
const LINES_FILLED_PER_PAGE = 128;
const LINES_CLEANED_PER_PAGE = 64;
const WALKS_PER_PAGE = 2;

/**
 * The counts that a relocation with Linux's routine has; for logs that give no more than size and time.
 *
 * @param megabytes in units of 2^20 bytes.
 */
export function linuxCounts(megabytes: number, mmu: 'off' | 'on'): EventCounts {
  const pages = megabytes * PAGES_PER_MEGABYTE;
  return {
    instructions: pages * INSTRUCTIONS_PER_PAGE,
    uncachedAccesses: mmu === 'off' ? pages * UNCACHED_ACCESSES_PER_PAGE : 0,
    lineFills: mmu === 'on' ? pages * LINES_FILLED_PER_PAGE : 0,
    lineCleans: mmu === 'on' ? pages * LINES_CLEANED_PER_PAGE : 0,
    tableWalks: mmu === 'on' ? pages * WALKS_PER_PAGE : 0,
  };
}
