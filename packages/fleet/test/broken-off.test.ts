import { checkStatus, type RolloutStatus } from '@kexeckit/rollout';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { statusOf } from '../src/observe/status.ts';
import { documentOver } from '../src/testing/documents.ts';
import { orderRollout, startRollout } from '../src/workflow/client.ts';
import { Bench, hook } from './support/in-process.ts';
import { hasPostgres } from './support/postgres.ts';

const TIMEOUT = 60_000;
/** What a drain takes, in real milliseconds. */
const DRAIN_MS = 1000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const ofPhase = ({ hosts }: RolloutStatus, phase: string): boolean =>
  hosts.some((host) => host.state === 'running' && host.phase === phase);

describe.skipIf(!hasPostgres)('a rollout whose database or workflow breaks off', () => {
  let bench: Bench;
  let said: string[] = [];

  beforeAll(async () => {
    bench = await Bench.open();
    await bench.work();
  }, TIMEOUT);
  afterAll(() => bench.close(), TIMEOUT);
  beforeEach(() => {
    said = [];
    bench.hooks.set('slow-drain', async (_, host) => {
      said.push(`drain ${host}`);
      await sleep(DRAIN_MS);
      return 0;
    });
    bench.hooks.set('give-back', async (_, host) => {
      said.push(`restore ${host}`);
      return 0;
    });
  });
  const slowly = { drain: hook('slow-drain'), restore: hook('give-back') };
  const commits = (): number => [...bench.hosts.values()].reduce((sum, { commits }) => sum + commits.length, 0);

  test('lets go of the hosts that it has begun, and begins no others', { timeout: TIMEOUT }, async () => {
    const document = documentOver('broke', [3], slowly);
    bench.host(document);
    await startRollout(bench.client, document);
    await bench.until('broke', (status) => ofPhase(status, 'drain'));
    await bench.client.cancelWorkflow('broke');

    const now = await statusOf(bench.client, 'broke', bench.clock);
    expect(now).toMatchObject({ state: 'running', gate: { state: 'aborted', why: 'it was ended from outside' } });
    expect(checkStatus(now, document)).toEqual([]);
    const again = { ...document, id: 'again' };
    await expect(startRollout(bench.client, again)).rejects.toMatchObject({ code: 'EBUSY' });

    const status = await bench.ended('broke');
    expect(checkStatus(status, document)).toEqual([]);
    expect(status.state).toBe('stopped');
    expect(status.outcomes.undone + status.outcomes.skipped).toBe(3);
    expect(status.outcomes.undone).toBeGreaterThan(0);
    expect(commits()).toBe(0);
    expect([...bench.hosts.values()].some(({ isLoaded }) => isLoaded)).toBe(false);
    expect(said.filter((what) => what.startsWith('restore'))).toHaveLength(status.outcomes.undone);
    await expect(orderRollout(bench.client, 'broke', { kind: 'resume' })).rejects.toMatchObject({ code: 'EINVAL' });
  });

  test('goes on where a question of it was canceled', { timeout: TIMEOUT }, async () => {
    const document = documentOver('limited', [3], slowly);
    bench.host(document);
    const admin = await bench.database.connect();
    const name = (await admin.query<{ name: string }>('SELECT current_database() AS name')).rows[0]?.name ?? '';
    await admin.query(`ALTER DATABASE ${name} SET statement_timeout = '300ms'`);
    await admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = $1',
      [name],
    );
    await startRollout(bench.client, document);
    await bench.until('limited', (status) => ofPhase(status, 'drain'));
    await admin.query('BEGIN');
    await admin.query('LOCK TABLE dbos.operation_outputs, dbos.workflow_status');
    await sleep(2 * DRAIN_MS);
    await admin.query('COMMIT');
    await admin.query(`ALTER DATABASE ${name} RESET statement_timeout`);
    await admin.end();

    const status = await bench.ended('limited');
    expect(status).toMatchObject({ state: 'finished', outcomes: { done: 3 } });
    expect(commits()).toBe(3);
    expect([...bench.hosts.values()].some(({ isLoaded }) => isLoaded)).toBe(false);
  });

  test('is left by a worker whose connection does not answer', { timeout: TIMEOUT }, async () => {
    const admin = await bench.database.connect();
    const locks = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()";
    const { rows } = await admin.query<{ pid: number }>(locks);
    expect(rows).toHaveLength(1);
    for (const { pid } of rows) process.kill(pid, 'SIGSTOP');
    try {
      await bench.rest();
    } finally {
      for (const { pid } of rows) process.kill(pid, 'SIGCONT');
      await admin.end();
    }
    await bench.work();
  });
});
