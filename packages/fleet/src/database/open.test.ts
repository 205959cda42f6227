import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { lockName, openEmbedded } from './embedded.ts';
import { checkPlace, openDatabase } from './open.ts';

afterEach(() => vi.unstubAllEnvs());

test.each([
  'host=db user=fleet password=secret',
  'dbname=fleet host=/var/run/postgresql',
  '/root/host=db password=secret',
  'postgresql:/fleet:secret@db/fleet',
  '/root/postgres:fleet:secret@db/fleet',
  'mysql://fleet:secret@db/fleet',
])('%s is no place for rollouts, and is not said again', (where) => {
  expect(() => checkPlace(where)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  expect(() => checkPlace(where)).toThrow(expect.not.stringContaining('secret'));
});

test.each([
  '/srv/fleet',
  '/srv/with blanks/fleet',
  '/srv/user=joe/fleet',
  'postgresql://fleet@db/fleet',
  '/srv/postgres',
])('%s is a place for rollouts', (where) => {
  expect(() => checkPlace(where)).not.toThrow();
});

test('what the environment says of another server does not keep a folder from being opened', async () => {
  vi.stubEnv('PGPORT', '6000');
  vi.stubEnv('PGSSLMODE', 'require');
  vi.stubEnv('PGHOST', '127.0.0.1');
  vi.stubEnv('PGUSER', 'another');
  await inFolder(async (folder) => {
    const database = await openDatabase(folder);
    try {
      const { rows } = await database.pool.query('SELECT 1 AS one');
      expect(rows).toEqual([{ one: 1 }]);
    } finally {
      await database.close();
    }
  });
});

/** A folder that is removed after the work in it. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kexeckit-database-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('who works in a folder waits until who only asks has ended, and nobody waits for who works', async () => {
  await inFolder(async (folder) => {
    const asking = await openDatabase(folder, 'ask');
    const opening = openDatabase(folder);
    const isOpen = await Promise.race([opening.then(() => true), new Promise((resolve) => setTimeout(resolve, 500))]);
    expect(isOpen).toBeUndefined();
    await asking.close();
    const working = await opening;
    expect(working.takesWorkers).toBe(true);
    const [second, third] = await Promise.all([openDatabase(folder), openDatabase(folder, 'ask')]);
    expect([second.takesWorkers, third.takesWorkers]).toEqual([false, false]);
    expect((await third.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await Promise.all([second.close(), third.close()]);
    await working.close();
  });
});

describe('whoever has a folder open', () => {
  /** Somebody who holds its name, and does nothing else: another process that is stopped, or at its beginning. */
  async function held(folder: string): Promise<{ readonly end: () => void }> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(lockName(folder), resolve));
    return {
      end: () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    };
  }

  test.each(['work', 'ask'] as const)('and never answers, is not waited for without end (%s)', async (purpose) => {
    await inFolder(async (folder) => {
      const holder = await held(folder);
      await expect(openEmbedded(folder, purpose, 300)).rejects.toMatchObject({
        code: 'EBUSY',
        message: expect.stringMatching(/does not answer$/),
      });
      holder.end();
    });
  });

  test('and only asks without end, is told of', async () => {
    await inFolder(async (folder) => {
      const asking = await openDatabase(folder, 'ask');
      await expect(openEmbedded(folder, 'work', 300)).rejects.toMatchObject({
        code: 'EBUSY',
        message: expect.stringMatching(/only asks, and goes on$/),
      });
      await asking.close();
    });
  });

  test.each(['work', 'ask'] as const)('and dies before it answers, is followed at once (%s)', async (purpose) => {
    await inFolder(async (folder) => {
      const holder = await held(folder);
      const opening = openEmbedded(folder, purpose);
      setTimeout(holder.end, 200);
      const database = await opening;
      expect(database.takesWorkers).toBe(true);
      await database.close();
    });
  });
});

test('what stands where its socket goes is told of before anything is opened, and the folder is free then', async () => {
  await inFolder(async (folder) => {
    const place = join(folder, '.s.PGSQL.5432');
    await mkdir(place);
    for (let tries = 0; tries < 2; tries++)
      await expect(openDatabase(folder)).rejects.toMatchObject({
        code: 'EIO',
        message: expect.stringContaining(place),
      });
    expect(await readdir(folder)).toEqual(['.s.PGSQL.5432']);
  });
});
