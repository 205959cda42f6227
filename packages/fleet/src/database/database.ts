import type pg from 'pg';

/** What a process opens a database for: an embedded one is left to who works in it. */
export type DatabasePurpose = 'work' | 'ask';

/** Where rollouts are kept: everything that workers share. */
export interface Database {
  /** `embedded`: PGlite in a folder, for one worker on this machine. */
  readonly kind: 'postgresql' | 'embedded';
  readonly pool: pg.Pool;
  /** Whether a worker may run here: with an embedded one, only in the process that runs it. */
  readonly takesWorkers: boolean;
  /** Connects once more, outside of the pool: for a lock that is kept as long as the process lives. */
  connect(): Promise<pg.Client>;
  close(): Promise<void>;
}
