import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit timeline` can be told. */
export interface TimelineValues extends OutputValues {
  readonly last?: boolean;
  readonly mark?: string;
  readonly root?: string;
}
