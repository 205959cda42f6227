import { createHash } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
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
export async function openEmbedded(
  where: string,
  purpose: DatabasePurpose,
  patienceMs: number = OPENING_MS,
): Promise<Database> {
  await makeFolder(where, { mode: 0o700 });
  const folder = await realpath(where);
  const socket = join(folder, SOCKET_NAME);
  if (Buffer.byteLength(socket) > SOCKET_PATH_MAX)
    throw new FleetError(
      'EINVAL',
      `the path of ${folder} is too long for a socket`,
      'Give a folder with a shorter path',
    );
  const lock = await enter(purpose, folder, patienceMs);
  const server = serverIn(folder);
  const stop = lock === undefined ? async () => {} : await serve(folder, socket, lock);
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
 * Makes this process the folder's only one, or gives undefined where another is, and answers. Who works cannot do so in the process of
 * somebody who only asks, and waits until that has ended. The holder may end at any time: the name is tried again with each look.
 *
 * @throws FleetError EBUSY where the holder neither answers nor ends.
 */
async function enter(purpose: DatabasePurpose, folder: string, patienceMs: number): Promise<Server | undefined> {
  const name = lockName(folder);
  for (const until = Date.now() + patienceMs; ; await sleep(LOOK_MS)) {
    const lock = await hold(name, purpose);
    if (lock !== undefined) return lock;
    const holder = await purposeOf(name);
    const mayShare = purpose === 'ask' || holder === 'work';
    if (mayShare && (await isServed(folder))) return undefined;
    if (Date.now() < until) continue;
    const how = holder === 'ask' && !mayShare ? 'only asks, and goes on' : 'does not answer';
    throw new FleetError('EBUSY', `another process has ${folder} open: it ${how}`, 'See which one, and end it');
  }
}

/** A name that the kernel knows, and no file system. @param folder its real path. */
export const lockName = (folder: string): string =>
  `\0kexeckit-fleet-${createHash('sha256').update(folder).digest('hex')}`;

/** What the holder of a name says that it is there for; nothing where it has just ended, or says nothing. */
function purposeOf(name: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(name);
    const end = (said: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(said);
    };
    const timer = setTimeout(() => end(''), ANSWER_MS);
    socket.once('data', (said) => end(said.toString('latin1')));
    socket.once('error', () => end(''));
    socket.once('close', () => end(''));
  });
}

/** Whether the process that runs the database answers. */
async function isServed(folder: string): Promise<boolean> {
  try {
    await (await connectTo({ ...serverIn(folder), connectionTimeoutMillis: ANSWER_MS })).end();
    return true;
  } catch {
    return false;
  }
}

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

/** Milliseconds that another process has to open its database: a busy machine takes half of it. */
const OPENING_MS = 60_000;
/** Milliseconds in which a process answers that is not stopped. */
const ANSWER_MS = 2000;
const LOOK_MS = 100;

/** @throws FleetError EIO where it cannot be opened, or nobody can be let in. */
async function serve(folder: string, socket: string, lock: Server): Promise<() => Promise<void>> {
  try {
    await rm(socket, { force: true });
    const db = await created(folder);
    const server = new PGLiteSocketServer({ db, path: socket, maxConnections: 16 });
    await server.start().catch(async (cause: unknown) => {
      await db.close();
      throw cause;
    });
    return async () => {
      await server.stop();
      await db.close();
      lock.close();
    };
  } catch (cause) {
    lock.close();
    if (cause instanceof FleetError) throw cause;
    throw new FleetError('EIO', `${socket} cannot be made: ${reasonOf(cause)}`, 'Take away what stands there', {
      cause,
    });
  }
}

/** @throws FleetError EIO where the folder has no room, or what is in it is no database of this version. */
async function created(folder: string): Promise<PGlite> {
  try {
    return await PGlite.create(join(folder, 'data'));
  } catch (cause) {
    const hint =
      'See that the folder is yours and its disk has 100 MB of room; a folder whose first opening broke off can be deleted';
    throw new FleetError('EIO', `no database can be opened in ${folder}: ${reasonOf(cause)}`, hint, { cause });
  }
}

/** What the database throws is not always an error. */
const reasonOf = (cause: unknown): string =>
  cause instanceof Error && cause.message !== '' ? oneLine(cause.message) : 'it does not say why';
