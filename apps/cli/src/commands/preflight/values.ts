import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit preflight` can be told. */
export interface PreflightValues extends OutputValues {
  readonly root?: string;
}
