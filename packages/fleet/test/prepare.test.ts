import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realClock } from '../src/clock.ts';
import { connectTo } from '../src/database/connection.ts';
import { openDatabase } from '../src/database/open.ts';
import { fakeAgent } from '../src/testing/fake-fleet.ts';
import { startWorker } from '../src/workflow/worker.ts';
import { addressOf, hasPostgres, startPostgres, type TestServer } from './support/postgres.ts';

const TIMEOUT = 120_000;
const context = {
  clock: realClock,
  transports: new Map(),
  agentOf: () => fakeAgent(new Map()),
  classKeyOf: () => Promise.resolve(''),
};

describe.skipIf(!hasPostgres)('a database that cannot be prepared', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, TIMEOUT);

  afterAll(() => server.stop(), TIMEOUT);

  /** The address of a new database in which something was done. */
  async function after(...statements: readonly string[]): Promise<string> {
    const address = addressOf(await server.fresh(), server.folder);
    const client = await connectTo({ connectionString: address });
    for (const statement of statements) await client.query(statement);
    await client.end();
    return address;
  }

  const weak = (address: string): string => address.replace('postgres@', 'weak@');

  test.each<[string, () => Promise<string>, RegExp]>([
    [
      'whose tables are another program’s',
      () => after('CREATE SCHEMA dbos', 'CREATE TABLE dbos.workflow_status (a int)'),
      /cannot be prepared for rollouts: .*does not exist/,
    ],
    [
      'in which the user may make nothing',
      async () => weak(await after('CREATE ROLE weak LOGIN')),
      /cannot be prepared for rollouts: .*permission denied/,
    ],
  ])('%s refuses the worker, and is let go', { timeout: TIMEOUT }, async (_, place, message) => {
    const database = await openDatabase(await place());
    await expect(startWorker(database, context)).rejects.toMatchObject({
      code: 'EIO',
      message: expect.stringMatching(message),
    });
    // It waits for whoever holds a connection.
    await database.close();
    const next = await openDatabase(await after());
    const worker = await startWorker(next, context);
    await worker.stop();
    await next.close();
  });
});
