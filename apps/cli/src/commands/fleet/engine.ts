import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type * as workflow from '@kexeckit/fleet/workflow';
import { CliError, reasonOf } from '../../error.ts';
import type { Io } from '../../io.ts';
import { told } from '../../render/status-line.ts';
import type { DatabaseValues } from './values.ts';

/** The workflow engine with its databases, which an installation may lack: it is larger than all else. */
export type Engine = typeof workflow;
/** A database of rollouts that is open. */
export type Database = Awaited<ReturnType<Engine['openDatabase']>>;
/** Who asks and orders. */
export type Client = Awaited<ReturnType<Engine['clientOf']>>;

/** Rollouts that can be asked for. */
export interface Rollouts {
  readonly engine: Engine;
  readonly database: Database;
  readonly client: Client;
}

/** @throws CliError `ENOENT` where it is not installed. */
async function loadEngine(): Promise<Engine> {
  try {
    return await import('@kexeckit/fleet/workflow');
  } catch (cause) {
    if (!isMissingModule(cause)) throw cause;
    throw new CliError(
      'ENOENT',
      'this kexeckit has no workflow engine with it',
      'the package for npm brings it along: npm install -g kexeckit-VERSION.tgz; kexeckit fleet plan works without it',
      { cause },
    );
  }
}

const MISSING: readonly unknown[] = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'];
const isMissingModule = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && MISSING.includes(cause.code);

/** Where rollouts are kept: an address, or a folder by its whole path. */
function databaseOf({ database }: DatabaseValues, env: NodeJS.ProcessEnv = process.env): string {
  if (database !== undefined) return database.includes('://') ? database : resolve(database);
  const state = env.XDG_STATE_HOME;
  const folder = state?.startsWith('/') ? state : join(homedir(), '.local/state');
  return join(folder, 'kexeckit/fleet');
}

/** Opens the database, where there is none yet a new one, and closes it after the work. */
export async function withRollouts<T>(
  options: DatabaseValues,
  io: Io,
  work: (rollouts: Rollouts) => Promise<T>,
  purpose: workflow.DatabasePurpose = 'work',
): Promise<T> {
  const engine = await loadEngine();
  const database = await told(io, 'opening the database', () => engine.openDatabase(databaseOf(options), purpose));
  try {
    return await work({ engine, database, client: await engine.clientOf(database) });
  } finally {
    await database.close();
  }
}

/** The same for who only asks: no folder is made for that. @throws CliError where there is none. */
export async function withKnownRollouts<T>(
  options: DatabaseValues,
  io: Io,
  work: (rollouts: Rollouts) => Promise<T>,
): Promise<T> {
  const where = databaseOf(options);
  (await loadEngine()).checkPlace(where);
  if (!where.includes('://') && !existsSync(where))
    throw new CliError('ENOENT', `there are no rollouts in ${where}`, 'kexeckit fleet run starts one');
  const asking = async (rollouts: Rollouts): Promise<T> => {
    try {
      return await work(rollouts);
    } catch (cause) {
      const hint = 'kexeckit fleet run starts one; look whether it is the right database';
      if (hasCode(cause, WITHOUT_TABLES))
        throw new CliError('ENOENT', 'there are no rollouts in this database', hint, { cause });
      if (hasCode(cause, OTHER_TABLES))
        throw new CliError('EIO', `the tables of this database are not those of rollouts: ${reasonOf(cause)}`, OWN, {
          cause,
        });
      throw cause;
    }
  };
  return await withRollouts(options, io, asking, 'ask');
}

/** What PostgreSQL says of a table, or a schema, that nobody has made. */
const WITHOUT_TABLES: readonly unknown[] = ['42P01', '3F000'];
/** What it says of a column that there is not, and of a table that the user may not read. */
const OTHER_TABLES: readonly unknown[] = ['42703', '42501'];
const OWN = 'look whether it is the right database and user, and whether a later kexeckit has made its tables';

const hasCode = (cause: unknown, codes: readonly unknown[]): boolean =>
  cause instanceof Error && 'code' in cause && codes.includes(cause.code);
