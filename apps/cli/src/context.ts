import type { HeldReboot } from '@kexeckit/linux';
import type { Ending, PhaseRow, Staged } from '@kexeckit/reboot';
import type { Io } from './io.ts';

/** What a process does that goes on when its command has ended. */
export interface Hold {
  /** Holds what was staged in pages of this process until it is asked for. */
  readonly loaded: (held: HeldReboot) => Promise<void>;
  /** Goes on holding what could not be undone. */
  readonly left: (staged: Staged<Ending>) => Promise<void>;
}

/** What a command works with. */
export interface Context {
  readonly io: Io;
  /** The whole command line. */
  readonly args: readonly string[];
  /** Undefined in a process that ends with its command. */
  readonly hold: Hold | undefined;
  /** The phase that was announced last: errors that know no phase of their own are told with it. */
  phase: PhaseRow | undefined;
  /** What a command does that goes through no phase, whatever phase its errors know: `unloading`. */
  doing?: string | undefined;
}
