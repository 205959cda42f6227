import { isSea } from 'node:sea';

// Parts that the command plays in processes that it starts itself: no person asks for them.

/** Does the rest of its command line, and holds what that has loaded. */
export const HOLDER = '@holder';

/** Unloads what its holder has loaded when that dies. */
export const WATCHER = '@watcher';

/** Plans for the lab, and has a machine run: what it computes keeps nobody waiting, and what it takes of memory ends nobody else. */
export const BOOTER = '@booter';

/** Whether a command line asks for a part. */
export const isPart = (name: string | undefined): boolean => name === HOLDER || name === WATCHER || name === BOOTER;

/** The command line, for `spawn`, that starts this command again in a part. A program of its own needs no script. */
export const commandOf = (part: string, ...args: readonly string[]): readonly [program: string, ...args: string[]] => [
  process.execPath,
  ...(isSea() ? [] : [...process.execArgv, process.argv[1] ?? '']),
  part,
  ...args,
];
