import { once } from 'node:events';
import { FleetError } from '@kexeckit/fleet';
import type { RolloutStatus } from '@kexeckit/rollout';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../route.ts';
import { labServer } from '../server.ts';
import { withFleet } from './routes.ts';
import { Statuses } from './statuses.ts';

const status: RolloutStatus = {
  format: 'kexeckit-rollout-status/1',
  id: 'kernel-6-12',
  state: 'finished',
  gate: { state: 'open' },
  now: 2,
  started: 1,
  ended: 2,
  failureBudget: 0,
  waves: [],
  outcomes: { done: 0, refused: 0, failed: 0, lost: 0, undone: 0, skipped: 0, deferred: 0 },
  hosts: [],
};

const plainHost: Host = {
  offers: ['host/iomem'],
  placeOf: (path) =>
    path === 'host/iomem' ? { GET: { answer: async (_, response) => void response.end('map') } } : undefined,
  end: async () => {},
};

const asked: string[] = [];
const books = {
  list: async () => [{ id: status.id, state: status.state }],
  statuses: new Statuses(async (id) => {
    asked.push(id);
    if (id === 'down') throw new Error('the database is gone');
    if (id !== status.id) throw new FleetError('ENOENT', `there is no rollout ${id}`, 'See kexeckit fleet status');
    return status;
  }),
};

describe('a lab with rollouts', () => {
  const host = withFleet(plainHost, books);
  const named = { port: 0, token: 'word' };
  const server = labServer(new Map(), host, () => named);
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) named.port = address.port;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  const ask = (path: string, init: RequestInit = {}, token = 'word'): Promise<Response> =>
    fetch(`http://127.0.0.1:${named.port}/${token}/${path}`, init);

  test('offers them beside what it offers anyway', async () => {
    expect(host.offers).toEqual(['host/iomem', 'host/fleet']);
    expect(await (await ask('host/iomem')).text()).toBe('map');
  });

  test('lists them, and tells how one stands, once for as long as it is the same', async () => {
    const listed = await ask('host/fleet');
    expect([listed.status, await listed.json()]).toEqual([
      200,
      { rollouts: [{ id: 'kernel-6-12', state: 'finished' }] },
    ]);
    const told = await ask('host/fleet/kernel-6-12');
    const tag = told.headers.get('etag') ?? '';
    expect([told.status, await told.json()]).toEqual([200, status]);
    const again = await ask('host/fleet/kernel-6-12', { headers: { 'if-none-match': tag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await ask('host/fleet/kernel-6-12', { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    expect((await ask('host/fleet/kernel-6-12', { method: 'HEAD' })).status).toBe(200);
  });

  test('says what is wrong in words', async () => {
    const missing = await ask('host/fleet/another');
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { error: { code: 'ENOENT', message: 'there is no rollout another', hint: 'See kexeckit fleet status' } },
    ]);
    const down = await ask('host/fleet/down');
    expect([down.status, await down.json()]).toEqual([
      503,
      { error: { code: 'ERR', message: 'the database is gone', hint: '' } },
    ]);
  });

  test('changes nothing, and answers nobody else', async () => {
    const before = asked.length;
    expect((await ask('host/fleet/kernel-6-12', { method: 'DELETE' })).status).toBe(405);
    expect((await ask('host/fleet', { method: 'POST' })).status).toBe(405);
    expect((await ask('host/fleet/kernel-6-12', {}, 'guess')).status).toBe(404);
    expect((await ask('host/fleet/kernel-6-12', { headers: { origin: 'http://evil.example' } })).status).toBe(403);
    for (const path of [
      'host/fleet/',
      'host/fleet/a/b',
      'host/fleet/a%2fb',
      'host/fleet/..',
      `host/fleet/${'a'.repeat(65)}`,
    ])
      expect((await ask(path)).status).toBe(404);
    expect(asked.length).toBe(before);
  });
});
