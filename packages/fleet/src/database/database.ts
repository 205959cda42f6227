import type pg from 'pg';

/** Where rollouts are kept: everything that workers share. */
export interface Database {
  /** `embedded`: PGlite in a folder, for one worker on this machine. */
  readonly kind: 'postgresql' | 'embedded';
  readonly pool: pg.Pool;
  /** Connects once more, outside of the pool: for a lock that is kept as long as the process lives. */
  connect(): Promise<pg.Client>;
  close(): Promise<void>;
}
