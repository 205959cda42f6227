import { join } from 'node:path';
import type { RolloutStatus } from '@kexeckit/rollout';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestFleet } from './fleet-farm.ts';
import { kexeckitHere, testFolder } from './kexeckit.ts';
import { startLab } from './lab-client.ts';

const HOSTS = 4;
let fleet: TestFleet;

beforeAll(async () => {
  fleet = await TestFleet.start(join(testFolder(), 'f'), HOSTS);
}, 60_000);

afterAll(() => fleet.farm.stop());

test('tells the page of rollouts what kexeckit fleet status says, and changes nothing', {
  timeout: 300_000,
}, async () => {
  const rollout = fleet.path('r1.json');
  expect((await fleet.run(...fleet.planLine('--id', 'r1', '--output', rollout))).code).toBe(0);
  expect((await fleet.ask('run', rollout)).code).toBe(0);
  const { address, end } = await startLab(fleet.env, ['--fleet', fleet.path('db')]);
  try {
    expect(await (await fetch(address)).text()).toMatch(/name="kexeckit-host" content="[^"]*\bhost\/fleet\b/);
    const listed = await fetch(new URL('host/fleet', address));
    expect(await listed.json()).toEqual({ rollouts: [{ id: 'r1', state: 'finished' }] });
    const response = await fetch(new URL('host/fleet/r1', address));
    const status: RolloutStatus = await response.json();
    const said: RolloutStatus = JSON.parse((await fleet.ask('status', 'r1', '--json')).out);
    expect({ ...status, now: 0 }).toEqual({ ...said, now: 0 });
    expect(status.outcomes.done).toBe(HOSTS);
    const headers = { 'if-none-match': response.headers.get('etag') ?? '' };
    expect((await fetch(new URL('host/fleet/r1', address), { headers })).status).toBe(304);
    const missing = await fetch(new URL('host/fleet/r2', address));
    expect([missing.status, await missing.json()]).toMatchObject([404, { error: { code: 'ENOENT' } }]);
  } finally {
    const { code, err } = await end('SIGINT');
    expect([code, err]).toEqual([130, '']);
  }
});

test('says that there are no rollouts before it serves anything', { timeout: 60_000 }, async () => {
  const { code, out, err } = await kexeckitHere(['lab', '--fleet', fleet.path('nowhere')]);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('there are no rollouts in');
});
