import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit doctor` can be told. */
export interface DoctorValues extends OutputValues {
  readonly root?: string;
  readonly collect?: string;
  readonly from?: string;
  readonly lenient?: boolean;
}
