import type { StandardInput } from './options/stdin.ts';
import type { Page } from './render/page.ts';

/** Where a command writes: results to `out`, progress, consoles and errors to `err`. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Writes to where `err` goes what acts on a terminal: the console of a machine that somebody works at. */
  readonly errRaw?: (text: string) => void;
  /** Writes bytes as they are to where `out` goes. Undefined where that is a terminal, on which they would act. */
  readonly outBytes?: ((bytes: Uint8Array) => void) | undefined;
  /** Waits until `out` takes more, for who writes much. @throws the reason of the signal, where nobody takes it. */
  readonly drained?: () => Promise<void>;
  /** How `out` looks. */
  readonly page: Page;
  /** How `err` looks. */
  readonly errPage: Page;
  /** Whether `err` is a terminal, where a progress line may be rewritten. */
  readonly isTerminal: boolean;
  /** What `-` stands for in the place of a file. */
  readonly stdin?: StandardInput;
  /** Aborted when the work is to end: machines are ended, and what was staged is discarded. */
  readonly signal?: AbortSignal;
  /**
   * Does work that loads something on this very machine: the process does not end before it has, or was undone, unless it is asked
   * twice. `left` says then what is still loaded. Undefined where the process waits for its work anyway.
   */
  readonly undisturbed?: <T>(work: () => Promise<T>, left: () => string) => Promise<T>;
  /** Whether errors that nobody foresaw show their stack. */
  readonly showsStacks?: boolean;
}
