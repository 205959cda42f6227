import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
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
