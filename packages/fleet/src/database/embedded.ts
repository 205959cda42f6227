import { createHash } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import type pg from 'pg';
import { FleetError } from '../error.ts';
import { makeFolder } from '../make-folder.ts';
import { oneLine } from '../printable.ts';
import { connectTo, poolFor } from './connection.ts';
import type { Database, DatabasePurpose } from './database.ts';

/** The kernel's limit for the path of a socket, its end included. */
const SOCKET_PATH_MAX = 107;
const PORT = 5432;
const SOCKET_NAME = `.s.PGSQL.${PORT}`;

/**
 * PGlite in a folder. The first process that opens it runs it, and lets others of this machine ask it through a socket in the folder, as
 * long as it lives.
 */
export async function openEmbedded(where: string, purpose: DatabasePurpose): Promise<Database> {
  await makeFolder(where, { mode: 0o700 });
  const folder = await realpath(where);
  const socket = join(folder, SOCKET_NAME);
  if (Buffer.byteLength(socket) > SOCKET_PATH_MAX)
    throw new FleetError(
      'EINVAL',
      `the path of ${folder} is too long for a socket`,
      'Give a folder with a shorter path',
    );
  const lock = await holdFor(purpose, folder);
  const server = serverIn(folder);
  const stop = lock === undefined ? await untilServed(server, folder) : await serve(folder, socket, lock);
  const pool = poolFor({ ...server, max: 1 });
  return {
    kind: 'embedded',
    takesWorkers: lock !== undefined,
    pool,
    connect: () => connectTo(server),
    async close() {
      await pool.end();
      await stop();
    },
  };
}

/** The server of a folder, whatever the environment says of another one: PGPORT, PGSSLMODE and their like. */
const serverIn = (folder: string): pg.ClientConfig => ({
  host: folder,
  port: PORT,
  user: 'postgres',
  database: 'postgres',
  ssl: false,
});

/**
 * Makes this process the folder's only one, or gives undefined where another is. Who works cannot do so in the process of somebody who
 * only asks, and waits until that has ended.
 *
 * @throws FleetError EBUSY where it does not end.
 */
async function holdFor(purpose: DatabasePurpose, folder: string): Promise<Server | undefined> {
  const name = `\0kexeckit-fleet-${createHash('sha256').update(folder).digest('hex')}`;
  for (const until = Date.now() + OPENING_MS; ; await sleep(LOOK_MS)) {
    const lock = await hold(name, purpose);
    if (lock !== undefined || purpose === 'ask' || (await purposeOf(name)) === 'work') return lock;
    if (Date.now() < until) continue;
    const what = `another process, which only asks, has ${folder} open`;
    throw new FleetError('EBUSY', what, 'End it, and begin again: nothing was changed');
  }
}

/** What the holder of a name says that it is there for; nothing where it has just ended. */
const purposeOf = (name: string): Promise<string> => text(connect(name)).catch(() => '');

/** The kernel lets go of the name when the process ends, however it ends. */
function hold(name: string, purpose: DatabasePurpose): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(purpose);
    });
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
async function untilServed(server: pg.ClientConfig, folder: string): Promise<() => Promise<void>> {
  for (const until = Date.now() + OPENING_MS; ; await sleep(LOOK_MS)) {
    try {
      await (await connectTo(server)).end();
      return async () => {};
    } catch (cause) {
      if (Date.now() < until) continue;
      const what = `another process has ${folder} open, and does not answer`;
      throw new FleetError('EBUSY', what, 'See which one, and end it', { cause });
    }
  }
}

async function serve(folder: string, socket: string, lock: Server): Promise<() => Promise<void>> {
  const db = await created(folder, lock);
  await rm(socket, { force: true });
  const server = new PGLiteSocketServer({ db, path: socket, maxConnections: 16 });
  await server.start();
  return async () => {
    await server.stop();
    await db.close();
    lock.close();
  };
}

/** @throws FleetError EIO where the folder has no room, or what is in it is no database of this version. */
async function created(folder: string, lock: Server): Promise<PGlite> {
  try {
    return await PGlite.create(join(folder, 'data'));
  } catch (cause) {
    lock.close();
    // What the database throws is not always an error.
    const why = cause instanceof Error && cause.message !== '' ? `: ${oneLine(cause.message)}` : '';
    const hint =
      'See that the folder is yours and its disk has 100 MB of room; a folder whose first opening broke off can be deleted';
    throw new FleetError('EIO', `no database can be opened in ${folder}${why}`, hint, { cause });
  }
}
