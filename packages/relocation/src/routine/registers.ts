/** Where the routine keeps things; x0 to x7 carry the data of a copy, and the state of a digest without SHA-256 instructions. */
export const registers = {
  /** The page that an entry names. */
  address: 8,
  destination: 9,
  /** The next entry word. */
  list: 10,
  /** The entry word; of a source word, how many pages are still to come. */
  entryWord: 11,
  /** Bytes of the smallest data cache line. */
  lineSize: 12,
  cursor: 13,
  end: 14,
  scratch: 15,
  scratch2: 16,
  /** The record of the segment that is being digested. */
  record: 20,
  /** Pages of it that are still to come. */
  pagesLeft: 21,
  /** The console's data register. */
  uart: 22,
  /** Pages until the next breadcrumb. */
  untilCrumb: 23,
  /** The page of constants and records. */
  constants: 24,
  /** A page to write: message schedule and digest state. */
  workspace: 25,
  /** Whether the CPU has SHA-256 instructions. */
  hasSha256: 26,
  /** What is digested next. */
  message: 27,
  /** The next stage. */
  next: 28,
} as const;
