import { createHash } from 'node:crypto';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
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
  const stop = lock === undefined ? async () => {} : await serve(folder, socket, lock);
  const url = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`;
  const pool = poolFor({ connectionString: url, max: 1 });
  return {
    kind: 'embedded',
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
