import { OUTER } from './barrier.ts';
import type { Frame } from './frame.ts';
import { DIRTY } from './line-state.ts';
import { FRAME_SIZE, SMALLEST_LINE } from './sizes.ts';

/** Lines that need no look at the cache: every one reads as if it could be read and written. */
const DIRECT: Uint8Array = new Uint8Array(FRAME_SIZE / SMALLEST_LINE).fill(DIRTY);

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
  /** The domain that the page is shared in. */
  domain = 0;
  /** How far a byte offset is shifted right to count lines. */
  readonly lineShift: number;
  /** The page itself. */
  #frame: Frame | undefined;

  constructor(lineShift: number) {
    this.lineShift = lineShift;
  }

  /** Looks at a page in the cache from here on. */
  openCached(low: number, high: number, frame: Frame, domain: number): void {
    if (frame.cache === undefined) return;
    this.#open(low, high, frame, frame.cache, frame.lines, 0);
    this.domain = domain;
  }

  /** Looks at a page past the cache: at lines that were found safe, or at all of them. */
  openPast(low: number, high: number, frame: Frame, checked: boolean): void {
    const lines = checked ? frame.direct : DIRECT;
    if (lines === undefined) return;
    this.#open(low, high, frame, frame.memory, lines, 1);
    this.domain = OUTER;
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
