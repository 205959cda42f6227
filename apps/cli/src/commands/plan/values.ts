import type { MachineValues } from '../../machines/index.ts';
import type { FileValues } from '../../options/files.ts';
import type { ForceValues } from '../../options/force.ts';
import type { OutputValues, SaveValues } from '../../options/output.ts';
import type { RequestValues } from '../../options/request.ts';

/** What `kexeckit plan` can be told: nothing runs, so nothing of a run. */
export interface PlanValues extends FileValues, RequestValues, MachineValues, SaveValues, ForceValues, OutputValues {}
