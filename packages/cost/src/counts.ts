import { CostError } from './error.ts';

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

/** What was timed together: events, and how often each phase was gone through. What is left out is none. */
export interface RunCounts extends Partial<EventCounts> {
  readonly shutdowns?: number;
  readonly relocations?: number;
  /** Checksums by a purgatory with the caches off, as that of kexec-tools. */
  readonly checksums?: number;
  /** What those were over. */
  readonly uncachedDigestBytes?: number;
  readonly startups?: number;
}

/** How the source pages of a load lie: one here, one there, or in a row. */
export type PageLayout = 'scattered' | 'contiguous';

// Linux's routine, a 4 KiB page: 256 loads and 256 stores of 16 bytes; with caches, 64 lines read, 64 written
// to (each is brought in first) and 64 cleaned.
const PAGES_PER_MEGABYTE = 256;
const INSTRUCTIONS_PER_PAGE = 1045;
const UNCACHED_ACCESSES_PER_PAGE = 512;
const LINES_FILLED_PER_PAGE = 128;
const LINES_CLEANED_PER_PAGE = 64;
/** One at each end: of every page, or of every block of 2 MiB, which the linear map has where pages lie in a row. */
const WALKS = 2;
const PAGES_PER_BLOCK = 512;

/** In units of 2^20 bytes: 16 TiB, more than any load. */
const MEGABYTES_MAX = 2 ** 24;
/** Less than a byte. */
const MEGABYTES_MIN = 9e-7;

/**
 * The counts that one relocation with Linux's routine has; for logs that give no more than size and time.
 *
 * @param megabytes in units of 2^20 bytes.
 * @throws CostError `EINVAL` for a size or a state that cannot be.
 */
export function linuxCounts(
  megabytes: number,
  mmu: 'off' | 'on',
  layout: PageLayout = 'scattered',
): EventCounts & Required<Pick<RunCounts, 'relocations'>> {
  if (typeof megabytes !== 'number' || !(megabytes === 0 || (megabytes >= MEGABYTES_MIN && megabytes <= MEGABYTES_MAX)))
    throw new CostError('EINVAL', `a load of ${megabytes} MiB`, 'give its size in units of 2^20 bytes');
  if (mmu !== 'off' && mmu !== 'on') throw new CostError('EINVAL', `the MMU is "${mmu}"`, 'give off or on');
  if (layout !== 'scattered' && layout !== 'contiguous')
    throw new CostError('EINVAL', `pages that are "${layout}"`, 'give scattered or contiguous');
  const pages = megabytes * PAGES_PER_MEGABYTE;
  const isOn = mmu === 'on';
  return {
    relocations: 1,
    instructions: pages * INSTRUCTIONS_PER_PAGE,
    uncachedAccesses: isOn ? 0 : pages * UNCACHED_ACCESSES_PER_PAGE,
    lineFills: isOn ? pages * LINES_FILLED_PER_PAGE : 0,
    lineCleans: isOn ? pages * LINES_CLEANED_PER_PAGE : 0,
    tableWalks: isOn ? (pages * WALKS) / (layout === 'contiguous' ? PAGES_PER_BLOCK : 1) : 0,
  };
}
