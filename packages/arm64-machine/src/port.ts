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

  /** Looks at a page from here on. */
  open(low: number, high: number, frame: Frame, cached: boolean): void {
    if (cached && frame.cache === undefined) return;
    this.low = low >>> 12;
    this.high = high;
    this.words = (cached ? frame.cache : frame.memory) ?? this.words;
    this.lines = cached ? frame.lines : DIRECT;
  }

  /** Looks nowhere. */
  close(): void {
    this.low = -1;
  }
}
