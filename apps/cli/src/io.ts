/** Where a command writes: results to `out`, progress, consoles and errors to `err`. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal, where a progress line may be rewritten. */
  readonly isTerminal: boolean;
  /** Aborted when the work is to end: machines are ended, and what was staged is discarded. */
  readonly signal?: AbortSignal;
  /** From now on something may be loaded on this very machine: the process does not end before that is undone. */
  readonly undoes?: () => void;
  /** Whether errors that nobody foresaw show their stack. */
  readonly showsStacks?: boolean;
}
