import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit timeline` can be told. */
export interface TimelineValues extends OutputValues {
  readonly last?: boolean;
  readonly mark?: string;
  readonly root?: string;
  readonly fit?: boolean;
  readonly name?: string;
  readonly board?: string;
  readonly saveProfile?: string;
}
