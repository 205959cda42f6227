/**
 * Exit codes: done · the work failed · the command line makes no sense. A command that answers yes or no (`diff`,
 * `doctor`, `explain`, `timeline`) says no with 1, and ends with `trouble` where it has no answer. Output that cannot be written is trouble for
 * all. A process that was interrupted ends as its `Interruption` says.
 */
export const EXIT = { done: 0, failed: 1, no: 1, usage: 2, trouble: 2 } as const;
