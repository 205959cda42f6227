import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
/** Where Debian has the servers, a folder for each version. */
const VERSIONS = '/usr/lib/postgresql';
const PROGRAMS = join(VERSIONS, newest(), 'bin');

function newest(): string {
  if (!existsSync(VERSIONS)) return '0';
  return readdirSync(VERSIONS).toSorted((one, other) => Number(other) - Number(one))[0] ?? '0';
}

/** A PostgreSQL server of the tests, on a socket in a folder of its own. */
export interface TestServer {
  /** Where its socket is. */
  readonly folder: string;
  /** Makes a database of its own. @returns its name. */
  fresh(): Promise<string>;
  /** Ends it at once, as a machine that loses its power would, and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const hasPostgres: boolean = existsSync(join(PROGRAMS, 'initdb'));

/** Starts Debian's PostgreSQL, which refuses to run as root. */
export async function startPostgres(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'pg-'));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(folder, await idOf('-u'), await idOf('-g'));
  const as = (program: string, ...args: string[]) =>
    isRoot
      ? run('runuser', ['-u', 'postgres', '--', join(PROGRAMS, program), ...args], { cwd: folder })
      : run(join(PROGRAMS, program), args, { cwd: folder });
  const data = join(folder, 'data');
  await as('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync');
  const options = `-k ${folder} -c listen_addresses= -c max_connections=400`;
  const start = () => as('pg_ctl', '-D', data, '-l', join(folder, 'log'), '-o', options, '-w', 'start');
  await start();
  let made = 0;
  return {
    folder,
    async fresh() {
      const client = new pg.Client({ host: folder, user: 'postgres', database: 'postgres' });
      await client.connect();
      const name = `rollouts_${made++}`;
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return name;
    },
    async restart() {
      await as('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
      await start();
    },
    async stop() {
      await as('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function idOf(which: '-u' | '-g'): Promise<number> {
  return Number((await run('id', [which, 'postgres'])).stdout);
}

/** The address of a database of a server whose socket is in a folder. */
export const addressOf = (name: string, folder: string): string =>
  `postgresql://postgres@localhost/${name}?host=${encodeURIComponent(folder)}`;
