/** Where a command writes: results to `out`, progress, consoles and errors to `err`. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal, where a progress line may be rewritten. */
  readonly isTerminal: boolean;
  /** Aborted when the user interrupts: machines are ended and temporary files taken away. */
  readonly signal?: AbortSignal;
}
