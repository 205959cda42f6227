import type { ForceValues } from '../../options/force.ts';
import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit exec` can be told. */
export interface ExecValues extends ForceValues, OutputValues {
  readonly once?: string;
  readonly bootId?: string;
}
