import type { PlatformValues } from '../../machines/platform.ts';
import type { SimulatedValues } from '../../machines/simulated.ts';
import type { FileValues } from '../../options/files.ts';
import type { ForceValues } from '../../options/force.ts';
import type { NotesValues } from '../../options/notes.ts';
import type { OutputValues } from '../../options/output.ts';
import type { RequestValues } from '../../options/request.ts';

/** What `kexeckit compare` can be told. */
export interface CompareValues
  extends FileValues,
    Omit<RequestValues, 'strategy'>,
    SimulatedValues,
    PlatformValues,
    ForceValues,
    NotesValues,
    OutputValues {
  readonly from?: string;
}
