import { Socket } from 'node:net';
import pg from 'pg';

const patience = {
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  connectionTimeoutMillis: 10_000,
  stream: passingSocket,
  // The server finds out within half a minute that a worker is cut off, and lets go of its locks.
  options: '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4',
} as const;

/** A pool whose idle connections may break, as they do when the server is restarted: the next query makes a new one. */
export function poolFor(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, ...patience });
  pool.on('error', ignoreBroken);
  return pool;
}

/** Milliseconds after which a connection of its own gives up a question that is not answered. */
const ANSWER_MS = 30_000;

/** A connection of its own. */
export async function connectTo(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({ ...patience, query_timeout: ANSWER_MS, ...config });
  client.on('error', ignoreBroken);
  await client.connect();
  return client;
}

/** A broken connection is found out by whoever uses it next; without a listener it would end the process. */
function ignoreBroken(): void {}

/**
 * Every way in which a connection can break is one that passes. The engine knows that of ECONNRESET, and not of EPIPE, nor of the ENOENT
 * of a socket whose server is being started.
 */
function passingSocket(): Socket {
  const socket = new Socket();
  socket.prependListener('error', (error: NodeJS.ErrnoException) => {
    error.code = 'ECONNRESET';
  });
  return socket;
}
