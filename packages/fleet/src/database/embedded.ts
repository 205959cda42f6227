import { createHash } from 'node:crypto';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { FleetError } from '../error.ts';
import { connectTo, poolFor } from './connection.ts';
import type { Database } from './database.ts';

/** The kernel's limit for the path of a socket, its end included. */
const SOCKET_PATH_MAX = 107;
const SOCKET_NAME = '.s.PGSQL.5432';

/**
 * PGlite in a folder. The first process that opens it runs it, and lets others of this machine ask it through a socket in the folder, as
 * long as it lives.
 */
export async function openEmbedded(where: string): Promise<Database> {
  await mkdir(where, { recursive: true, mode: 0o700 });
  const folder = await realpath(where);
  const socket = join(folder, SOCKET_NAME);
  if (Buffer.byteLength(socket) > SOCKET_PATH_MAX)
    throw new FleetError(
      'EINVAL',
      `the path of ${folder} is too long for a socket`,
      'Give a folder with a shorter path',
    );
  const lock = await holdFolder(folder);
  const url = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`;
  const stop = lock === undefined ? await untilServed(url, folder) : await serve(folder, socket, lock);
  const pool = poolFor({ connectionString: url, max: 1 });
  return {
    kind: 'embedded',
    takesWorkers: lock !== undefined,
    pool,
    connect: () => connectTo(url),
    async close() {
      await pool.end();
      await stop();
    },
  };
}

/**
 * Makes this process the folder's only one, or gives undefined where another is. The kernel lets go of the name when the process
 * ends, however it ends.
 */
function holdFolder(folder: string): Promise<Server | undefined> {
  const name = `\0kexeckit-fleet-${createHash('sha256').update(folder).digest('hex')}`;
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** Milliseconds that another process has to open its database. */
const OPENING_MS = 30_000;
const LOOK_MS = 100;

/** Waits until the process that runs the database answers. @throws FleetError EBUSY where it does not. */
async function untilServed(url: string, folder: string): Promise<() => Promise<void>> {
  for (const until = Date.now() + OPENING_MS; ; await sleep(LOOK_MS)) {
    try {
      await (await connectTo(url)).end();
      return async () => {};
    } catch (cause) {
      if (Date.now() < until) continue;
      const what = `another process has ${folder} open, and does not answer`;
      throw new FleetError('EBUSY', what, 'See which one, and end it', { cause });
    }
  }
}

async function serve(folder: string, socket: string, lock: Server): Promise<() => Promise<void>> {
  const db = await PGlite.create(join(folder, 'data'));
  await rm(socket, { force: true });
  const server = new PGLiteSocketServer({ db, path: socket, maxConnections: 16 });
  await server.start();
  return async () => {
    await server.stop();
    await db.close();
    lock.close();
  };
}
