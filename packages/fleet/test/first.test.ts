import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../src/database/open.ts';
import { statusOf } from '../src/observe/status.ts';
import { documentOver } from '../src/testing/documents.ts';
import { FakeHost, fakeAgent } from '../src/testing/fake-fleet.ts';
import type { Transport } from '../src/transport/transport.ts';
import { startRollout } from '../src/workflow/client.ts';
import { clientOf, startWorker } from '../src/workflow/worker.ts';

const clock = {
  now: () => Date.now(),
  sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms * 0.002)),
  scale: 0.002,
};
const nowhere: Transport = {
  name: 'fake',
  run: async () => ({ code: 0, stdout: Buffer.from(''), stderr: '' }),
  close: async () => {},
};

test('a small rollout on PGlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  const database = await openDatabase(process.env['FLEET_DB'] ?? folder);
  const document = documentOver(`r${Date.now()}`, [2, 6]);
  const hosts = new Map(
    document.hosts.map(({ name }, at) => [
      name,
      new FakeHost(at === 4 ? { comesBack: false } : at === 3 ? { after: { commit: 1 } } : {}),
    ]),
  );
  const transports = new Map([
    ['fake', nowhere],
    ['local', nowhere],
  ]);
  const worker = await startWorker(database, {
    clock,
    transports,
    agentOf: () => fakeAgent(hosts),
    classKeyOf: async (bundle) => Buffer.from(bundle).toString(),
  });
  const client = await clientOf(database);
  await startRollout(client, document);
  for (;;) {
    const status = await statusOf(client, document.id, clock);
    if (status.state !== 'running') {
      console.log(JSON.stringify(status, null, 1).slice(0, 3000));
      break;
    }
    await new Promise((d) => setTimeout(d, 500));
  }
  expect([...hosts.values()].map(({ commits }) => commits.length)).toEqual(Array(8).fill(1));
  await worker.stop();
  await database.close();
  await rm(folder, { recursive: true });
}, 120_000);
