import { DIRTY, type Frame } from './frame.ts';
import { FRAME_LINES } from './sizes.ts';

/** Lines that need no look at the cache: every one reads as if it could be read and written. */
const DIRECT: Uint8Array = new Uint8Array(FRAME_LINES).fill(DIRTY);

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
  /** The page itself. */
  #frame: Frame | undefined;

  /** Looks at a page in the cache from here on. */
  openCached(low: number, high: number, frame: Frame): void {
    if (frame.cache !== undefined) this.#open(low, high, frame, frame.cache, frame.lines, 0);
  }

  /** Looks at a page past the cache: at lines that were found safe, or at all of them. */
  openPast(low: number, high: number, frame: Frame, checked: boolean): void {
    const lines = checked ? frame.direct : DIRECT;
    if (lines !== undefined) this.#open(low, high, frame, frame.memory, lines, 1);
  }

  /** The page of an address, if the port looks at it. */
  frameAt(low: number, high: number): Frame | undefined {
    return low >>> 12 === this.low && high === this.high ? this.#frame : undefined;
  }

  /** The page that it looks at, if it looks at it in the cache. */
  get cached(): Frame | undefined {
    return this.uncached === 0 ? this.#frame : undefined;
  }

  /** Looks nowhere. */
  close(): void {
    this.low = -1;
  }

  #open(low: number, high: number, frame: Frame, words: Uint32Array, lines: Uint8Array, uncached: number): void {
    this.low = low >>> 12;
    this.high = high;
    this.words = words;
    this.lines = lines;
    this.uncached = uncached;
    this.#frame = frame;
  }
}
