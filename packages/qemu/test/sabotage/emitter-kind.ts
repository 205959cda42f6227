import type { ArrivalComplaint, LoadedReboot } from '@kexeckit/reboot';
import type { Choose } from './choose.ts';
import type { Routine } from './routine.ts';
import type { Setup } from './victim.ts';

/**
 * A defect of the emitter: everything that it emits has it, and plan and image agree with it. Nothing that calls the same
 * emitter again can see it; the rehearsal must.
 */
export interface EmitterSabotage {
  readonly name: string;
  readonly on: readonly Setup[];
  /** What the rehearsal says: one of these. */
  readonly says: readonly ArrivalComplaint[];
  /** The configuration that finds it, where the first one, the machine as it is, does not. */
  readonly in?: string;
  readonly patch: (routine: Routine, victim: LoadedReboot, choose: Choose) => void;
}
