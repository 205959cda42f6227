import {
  x8,
  x9,
  x10,
  x11,
  x12,
  x13,
  x14,
  x15,
  x16,
  x20,
  x21,
  x22,
  x23,
  x24,
  x25,
  x26,
  x27,
  x28,
} from '@kexeckit/a64';

/** Where the routine keeps things; x0 to x7 carry the data of a copy, and the state of a digest without SHA-256 instructions. */
export const registers = {
  /** The page that an entry names. */
  address: x8,
  destination: x9,
  /** The next entry word. */
  list: x10,
  entryWord: x11,
  /** Bytes of the smallest data cache line. */
  lineSize: x12,
  cursor: x13,
  end: x14,
  scratch: x15,
  scratch2: x16,
  /** The record of the segment that is being digested. */
  record: x20,
  /** Pages of it that are still to come. */
  pagesLeft: x21,
  /** The console's data register. */
  uart: x22,
  /** Pages until the next breadcrumb. */
  untilCrumb: x23,
  /** The page of constants and records. */
  constants: x24,
  /** A page to write: message schedule and digest state. */
  workspace: x25,
  /** Whether the CPU has SHA-256 instructions. */
  hasSha256: x26,
  /** What is digested next. */
  message: x27,
  /** The next stage. */
  next: x28,
} as const;
