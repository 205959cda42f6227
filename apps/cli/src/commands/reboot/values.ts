import type { MachineValues } from '../../machines/index.ts';
import type { ByFilesValues } from '../../options/by-files.ts';
import type { FileValues } from '../../options/files.ts';
import type { NotesValues } from '../../options/notes.ts';
import type { OldKernelValues } from '../../options/old-kernel.ts';
import type { OutputValues, SaveValues } from '../../options/output.ts';
import type { RehearseValues } from '../../options/rehearse.ts';
import type { RequestValues } from '../../options/request.ts';

/** What `kexeckit reboot` can be told. */
export interface RebootValues
  extends FileValues,
    RequestValues,
    ByFilesValues,
    RehearseValues,
    MachineValues,
    OldKernelValues,
    SaveValues,
    NotesValues,
    OutputValues {
  readonly generations?: number;
}
