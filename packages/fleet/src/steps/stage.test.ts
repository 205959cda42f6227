import { expect, test } from 'vitest';
import { FleetError } from '../error.ts';
import { FakeHost } from '../testing/fake-fleet.ts';
import { runOf } from '../testing/host-runs.ts';
import { stage } from './stage.ts';

/** Something of a host that is busy, so many times. */
function busy<Args extends readonly unknown[]>(times: number, body: (...args: Args) => Promise<void>) {
  let left = times;
  return (...args: Args): Promise<void> =>
    left-- > 0 ? Promise.reject(new FleetError('EBUSY', 'another load is under way', '')) : body(...args);
}

test('a host is loaded', async () => {
  const host = new FakeHost();
  await stage(runOf(host));
  expect(host.isLoaded).toBe(true);
  expect(host.asked).toEqual(['install', 'stage']);
});

test('what an earlier try has loaded, or is loading still, is taken back first', async () => {
  const host = new FakeHost();
  const run = runOf(host);
  const agent = { ...run.agent, stage: busy(3, run.agent.stage), discard: busy(1, run.agent.discard) };
  await stage({ ...run, agent });
  expect(host.isLoaded).toBe(true);
  expect(host.asked).toEqual(['install', 'discard', 'discard', 'stage']);
});

test('a host that stays busy fails when the step may take no longer', async () => {
  const host = new FakeHost();
  const run = runOf(host, { policy: { stepLimitMs: 20_000 } });
  const agent = { ...run.agent, stage: busy(1000, run.agent.stage) };
  const before = run.clock.now();
  await expect(stage({ ...run, agent })).rejects.toMatchObject({ code: 'EBUSY' });
  expect(run.clock.now() - before).toBe(20_000);
});

test('what else goes wrong ends it at once', async () => {
  const host = new FakeHost({ before: { stage: 1 } });
  await expect(stage(runOf(host))).rejects.toMatchObject({ code: 'EIO' });
  expect(host.asked).toEqual(['install', 'stage']);
});
