import type { SavedValues } from '../saved-job.ts';

/** What `kexeckit prove` can be told: nothing runs, so there is nothing to price. */
export type ProveValues = Omit<SavedValues, 'profile'>;
