/** What a run did, as `@kexeckit/cost` prices it. */
export interface Counters {
  /** Instructions retired. */
  instructions: number;
  /** Loads and stores that went to memory because caching was off: one per instruction, of 8 or 16 bytes. */
  uncachedAccesses: number;
  /** Cache lines (64 bytes) brought in, for a load or a store. */
  lineFills: number;
  /** Dirty cache lines written to the point of coherency by maintenance. */
  lineCleans: number;
  /** Translations that took a table walk. */
  tableWalks: number;
}

/** All zero. */
export function zeroCounters(): Counters {
  return { instructions: 0, uncachedAccesses: 0, lineFills: 0, lineCleans: 0, tableWalks: 0 };
}
