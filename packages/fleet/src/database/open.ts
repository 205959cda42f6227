import { FleetError } from '../error.ts';
import { connectTo, poolFor } from './connection.ts';
import type { Database } from './database.ts';
import { openEmbedded } from './embedded.ts';

/** What to give for a database. */
const HINT = 'Give postgresql://USER@HOST/DATABASE, or a folder for a database of this machine alone';
const CONNECTIONS = 10;

/**
 * Opens `postgresql://…`, or a folder, which is created where it is missing.
 *
 * @throws FleetError ECONNREFUSED where no server answers; EINVAL for an address that is neither.
 */
export async function openDatabase(where: string): Promise<Database> {
  if (/^postgres(ql)?:\/\//.test(where)) return await openServer(where);
  if (where.includes('://'))
    throw new FleetError('EINVAL', `${where.split('://')[0]}:// is no database that rollouts can be kept in`, HINT);
  return await openEmbedded(where);
}

async function openServer(url: string): Promise<Database> {
  const pool = poolFor({ connectionString: url, max: CONNECTIONS });
  try {
    (await pool.connect()).release();
  } catch (cause) {
    await pool.end();
    throw new FleetError('ECONNREFUSED', `no database answers: ${reasonOf(cause)}`, HINT, { cause });
  }
  return { kind: 'postgresql', pool, takesWorkers: true, connect: () => connectTo(url), close: () => pool.end() };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
}
