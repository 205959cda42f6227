import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit lab` can be told. */
export interface LabValues extends OutputValues {
  readonly port?: number;
  /** The database of rollouts that are shown. */
  readonly fleet?: string;
}
