import { FleetError } from '../error.ts';
import { connectTo, poolFor } from './connection.ts';
import type { Database, DatabasePurpose } from './database.ts';
import { openEmbedded } from './embedded.ts';

/** What to give for a database. */
const HINT = 'Give postgresql://USER@HOST/DATABASE, or a folder for a database of this machine alone';
const CONNECTIONS = 10;
/** What libpq takes for a server, `host=… dbname=…`, and an address with a slash too few: either may hold a password. */
const KEY = '(?:host|hostaddr|port|dbname|user|password|passfile|service|sslmode)\\s*=';
const MEANT_AS_SERVER = new RegExp(`(?:^|[/\\s])${KEY}(?:[^/]*$|.*\\s${KEY})|(?:^|/)postgres(?:ql)?:`, 's');

/**
 * Whether rollouts can be kept there at all.
 *
 * @throws FleetError EINVAL for an address that is neither a PostgreSQL database's nor the path of a folder; it is not said again.
 */
export function checkPlace(where: string): void {
  if (isServer(where)) return;
  if (where.includes('://'))
    throw new FleetError('EINVAL', `${where.split('://')[0]}:// is no database that rollouts can be kept in`, HINT);
  if (MEANT_AS_SERVER.test(where))
    throw new FleetError('EINVAL', 'this is neither the address of a database nor the path of a folder', HINT);
}

const isServer = (where: string): boolean => /^postgres(ql)?:\/\//.test(where);

/**
 * Opens `postgresql://…`, or a folder, which is created where it is missing.
 *
 * @param purpose who works waits where a folder is open to who only asks.
 * @throws FleetError ECONNREFUSED where no server answers; EINVAL for an address that is neither; EBUSY where a folder stays open to
 * who only asks.
 */
export async function openDatabase(where: string, purpose: DatabasePurpose = 'work'): Promise<Database> {
  checkPlace(where);
  if (isServer(where)) return await openServer(where);
  return await openEmbedded(where, purpose);
}

async function openServer(url: string): Promise<Database> {
  const pool = poolFor({ connectionString: url, max: CONNECTIONS });
  try {
    (await pool.connect()).release();
  } catch (cause) {
    await pool.end();
    throw new FleetError('ECONNREFUSED', `no database answers: ${reasonOf(cause)}`, HINT, { cause });
  }
  return {
    kind: 'postgresql',
    pool,
    takesWorkers: true,
    connect: () => connectTo({ connectionString: url }),
    close: () => pool.end(),
  };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
}
