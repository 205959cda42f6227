import type { HeldReboot } from '@kexeckit/linux';
import type { PhaseRow } from '@kexeckit/reboot';
import type { Io } from './io.ts';

/** Holds what was staged in pages of this process until it is asked for, when the command has ended. */
export type Hold = (held: HeldReboot) => Promise<void>;

/** What a command works with. */
export interface Context {
  readonly io: Io;
  /** The whole command line. */
  readonly args: readonly string[];
  /** Undefined in a process that ends with its command. */
  readonly hold: Hold | undefined;
  /** The phase that was announced last: errors that know no phase of their own are told with it. */
  phase: PhaseRow | undefined;
}
