import { constants } from 'node:os';

/** Exit codes: done · the work failed, or what was compared differs · the command line makes no sense. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** The exit code of a process that ends because of this signal, as shells report it: 130 for SIGINT. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
