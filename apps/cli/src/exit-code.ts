/**
 * Exit codes: done · the work failed, or what was compared differs · the command line makes no sense. A process that was
 * interrupted ends as its `Interruption` says.
 */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;
