import type { HostEntry } from '@kexeckit/rollout';
import { expect, test } from 'vitest';
import { FakeHost } from '../testing/fake-fleet.ts';
import { runOf } from '../testing/host-runs.ts';
import { health } from './health.ts';
import { undo } from './undo.ts';

const hook = (program: string) => ({ argv: [program], on: 'worker', limitMs: 1000 }) as const;
const policy = { health: hook('health'), restore: hook('restore') };

test('a host has time to become healthy, and is given its work then', async () => {
  const run = runOf(new FakeHost(), { policy, failing: { health: 3 } });
  await health(run, run.clock.now());
  expect(run.hooks).toEqual(['health', 'health', 'health', 'health', 'restore']);
});

test('a host that stays unhealthy is not given its work', async () => {
  const run = runOf(new FakeHost(), { policy, failing: { health: 1000 } });
  await expect(health(run, run.clock.now())).rejects.toMatchObject({ code: 'EIO', message: 'health ended with 1' });
  expect(run.hooks).not.toContain('restore');
  expect(run.hooks).toHaveLength(13);
});

test('what was staged is undone, although the connection breaks meanwhile', async () => {
  const host = new FakeHost({ before: { discard: 2 } });
  host.isLoaded = true;
  const run = runOf(host, { policy, failing: { restore: 1 } });
  expect(await undo(run, true)).toBe('undone');
  expect(host.isLoaded).toBe(false);
  expect(run.hooks).toEqual(['restore', 'restore']);
});

test('a host that another worker has committed is not undone', async () => {
  const host = new FakeHost();
  host.isLoaded = true;
  host.claims.set('r', host.boot);
  const run = runOf(host, { policy });
  expect(await undo(run, true)).toBe('committed');
  expect(host.isLoaded).toBe(true);
  expect(run.hooks).toEqual([]);
});

test('a host that is committed while it is undone is not given its work', async () => {
  const host = new FakeHost();
  host.isLoaded = true;
  const run = runOf(host, { policy });
  const discard = run.agent.discard;
  const late = {
    ...run.agent,
    discard: (entry: HostEntry) => {
      host.reboot('r');
      return discard(entry);
    },
  };
  expect(await undo({ ...run, agent: late }, true)).toBe('committed');
  expect(run.hooks).toEqual([]);
});

test('a restore hook that fails once is run again', async () => {
  const run = runOf(new FakeHost(), { policy, failing: { restore: 1 } });
  await health(run, run.clock.now());
  expect(run.hooks).toEqual(['health', 'restore', 'restore']);
});

test('what was not drained is not restored', async () => {
  const run = runOf(new FakeHost(), { policy });
  await undo(run, false);
  expect(run.hooks).toEqual([]);
});

test('what cannot be undone is said', async () => {
  const host = new FakeHost();
  host.isDead = true;
  await expect(undo(runOf(host, { policy }), true)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
});

test('nothing is undone on another machine', async () => {
  const host = new FakeHost();
  host.isLoaded = true;
  host.machineId = 'another';
  await expect(undo(runOf(host, { policy }), true)).rejects.toMatchObject({ code: 'ESTALE' });
  expect(host.isLoaded).toBe(true);
});
