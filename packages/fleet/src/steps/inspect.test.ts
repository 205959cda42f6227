import { expect, test } from 'vitest';
import { FakeHost } from '../testing/fake-fleet.ts';
import { runOf } from '../testing/host-runs.ts';
import { inspect } from './inspect.ts';

test('a host that is as planned is ready', async () => {
  expect(await inspect(runOf(new FakeHost()))).toEqual({ kind: 'ready', bootId: 'w0h0-boot-1' });
});

test('another machine, or another class, is refused', async () => {
  const other = new FakeHost();
  other.machineId = 'another';
  await expect(inspect(runOf(other))).rejects.toMatchObject({ code: 'ESTALE' });
  const run = { ...runOf(new FakeHost()), classKeyOf: () => Promise.resolve('another') };
  await expect(inspect(run)).rejects.toMatchObject({ code: 'ESTALE' });
});

test.each([
  ['undone', 'skipped'],
  ['deferred', 'deferred'],
] as const)('a host that is to be let go (%s) is not asked anything: %s', async (to, ends) => {
  const host = new FakeHost();
  const run = runOf(host, { passages: [{ kind: 'release', to, why: 'aborted' }] });
  expect(await inspect(run)).toEqual({ kind: 'release', to: ends, why: 'aborted' });
  expect(host.asked).toEqual([]);
});

test('a host that this rollout has committed before is not changed', async () => {
  const host = new FakeHost();
  host.isLoaded = true;
  host.reboot('r');
  expect(await inspect(runOf(host))).toMatchObject({ kind: 'committed', bootId: 'w0h0-boot-1' });
  expect(host.asked).not.toContain('install');
});
