import type { OutputValues } from '../../options/output.ts';
import type { ProfileValues } from '../../options/profile.ts';

/** What `kexeckit doctor` can be told. */
export interface DoctorValues extends OutputValues, ProfileValues {
  readonly root?: string;
  readonly collect?: string;
  readonly from?: string;
  readonly lenient?: boolean;
}
