import type { Range } from '@kexeckit/ioport';

/** What a plan needs for the sources of what it copies. */
export interface PageNeed {
  /** How many pages. */
  readonly pages: number;
  /** Where they may lie: outside of every destination, and of the plan's own pages. Whole pages. */
  readonly within: readonly Range[];
}

/** Pages that a machine lends to one plan. They stay where they are until they are given back. */
export interface PageLoan {
  /** Where they lie, ascending: at least as many whole pages as were needed, all within what was asked for. */
  readonly ranges: readonly Range[];
  /** The bytes of one of them, to read and to write; undefined for other pages, and for all when they have been given back. */
  page(pfn: number): Uint8Array | undefined;
  /**
   * Looks whether all of them are still where they were.
   *
   * @throws RebootError `ESTALE` in phase `stage` where one is not, or they have been given back.
   */
  check(): void;
  /** Gives them back. It does not fail, and a second time it does nothing. */
  release(): Promise<void>;
}

/** Gives back what was lent if work with it fails. */
export async function keepLoan<T>(loan: PageLoan | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await loan?.release();
    throw error;
  }
}
