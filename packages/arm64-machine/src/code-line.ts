import type { Frame } from './frame.ts';

/** The line of a cache that holds a byte. */
export interface CodeLine {
  readonly pfn: number;
  readonly offset: number;
}

/** IC. */
export interface InstructionInvalidation {
  /** One line, or all. */
  readonly line: CodeLine | undefined;
  /**
   * Data cache lines that were cleaned before it without a DSB between: what they hold may reach fetches only after it, so that
   * what stood there before is fetched anew, and held.
   */
  readonly late: readonly CodeLine[];
  /** Frames that were stored to or cleaned before it without a DSB between: of those it drops nothing that is old. */
  readonly lateFrames: ReadonlySet<Frame>;
}
