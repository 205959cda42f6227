import type { PhaseRow } from '@kexeckit/reboot';
import type { Io } from './io.ts';

/** What a command works with. */
export interface Context {
  readonly io: Io;
  /** The phase that was announced last: errors that know no phase of their own are told with it. */
  phase: PhaseRow | undefined;
}
