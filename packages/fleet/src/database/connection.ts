import pg from 'pg';

const CONNECT_MS = 10_000;
/** A query of ours takes milliseconds. Without an answer for this long the network is cut, and the connection is given up. */
const ANSWER_MS = 300_000;

const patience = {
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  connectionTimeoutMillis: CONNECT_MS,
  query_timeout: ANSWER_MS,
} as const;

/** A pool whose idle connections may break, as they do when the server is restarted: the next query makes a new one. */
export function poolFor(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, ...patience });
  pool.on('error', ignoreBroken);
  return pool;
}

/** A connection of its own. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, ...patience });
  client.on('error', ignoreBroken);
  await client.connect();
  return client;
}

/** A broken connection is found out by whoever uses it next; without a listener it would end the process. */
function ignoreBroken(): void {}
