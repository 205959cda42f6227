import type { LoadingValues } from '../../machines/linux.ts';
import type { ByFilesValues } from '../../options/by-files.ts';
import type { FileValues } from '../../options/files.ts';
import type { ForceValues } from '../../options/force.ts';
import type { OutputValues, SaveValues } from '../../options/output.ts';
import type { RehearseValues } from '../../options/rehearse.ts';
import type { RequestValues } from '../../options/request.ts';

/** What `kexeckit load` can be told. */
export interface LoadValues
  extends FileValues,
    RequestValues,
    ByFilesValues,
    RehearseValues,
    LoadingValues,
    SaveValues,
    ForceValues,
    OutputValues {
  readonly plan?: string;
}
