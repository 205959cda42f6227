import { DIRTY, type Frame, LINES } from './frame.ts';

/** Lines that need no look at the cache: every one reads as if it could be read and written. */
const DIRECT: Uint8Array = new Uint8Array(LINES).fill(DIRTY);

/**
 * The page that was last read, or written, where an access needs nothing but its line to be there: `words` holds it
 * where `lines` says so. Anything else is not looked up here.
 */
export class Port {
  /** Bits 31:12 of the address, -1 for no page; and its bits 63:32. */
  low = -1;
  high = 0;
  words: Uint32Array = new Uint32Array(0);
  lines: Uint8Array = DIRECT;
  /** What an access counts as uncached: 1 or 0. */
  uncached = 0;

  /** Looks at a page in the cache from here on. */
  openCached(low: number, high: number, { cache, lines }: Frame): void {
    if (cache !== undefined) this.#open(low, high, cache, lines, 0);
  }

  /** Looks at a page past the cache: at lines that were found safe, or at all of them. */
  openPast(low: number, high: number, { memory, direct }: Frame, checked: boolean): void {
    const lines = checked ? direct : DIRECT;
    if (lines !== undefined) this.#open(low, high, memory, lines, 1);
  }

  /** Looks nowhere. */
  close(): void {
    this.low = -1;
  }

  #open(low: number, high: number, words: Uint32Array, lines: Uint8Array, uncached: number): void {
    this.low = low >>> 12;
    this.high = high;
    this.words = words;
    this.lines = lines;
    this.uncached = uncached;
  }
}
