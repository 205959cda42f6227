import { expect, test } from 'vitest';
import { FakeHost, type Mischief } from '../testing/fake-fleet.ts';
import { runOf } from '../testing/host-runs.ts';
import { comeBack } from './come-back.ts';

/** A host that was committed at this very moment. */
function committed(mischief: Mischief = {}) {
  const host = new FakeHost(mischief);
  host.isLoaded = true;
  host.reboot('r');
  const run = runOf(host);
  return { run, at: run.clock.now() };
}

test('a host is back with a new boot id and the expected kernel', async () => {
  const { run, at } = committed({ awayFor: 4 });
  expect(await comeBack(run, 'w0h0-boot-1', at)).toEqual({ bootId: 'w0h0-boot-2', release: 'new', at: at + 20_000 });
});

test.each([
  ['the kernel of before', { release: 'old' }, 'ESTALE', 'came back with old'],
  ['another machine', { machineAfter: 'another' }, 'ESTALE', 'machine another answers as w0h0'],
  ['nothing', { comesBack: false }, 'ETIMEDOUT', 'did not come back in time: nobody is there'],
])('%s came back', async (_, mischief, code, what) => {
  const { run, at } = committed(mischief);
  await expect(comeBack(run, 'w0h0-boot-1', at)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(what),
  });
});

test('a host that answers as before has not rebooted', async () => {
  const run = runOf(new FakeHost());
  const before = run.clock.now();
  await expect(comeBack(run, 'w0h0-boot-1', before)).rejects.toMatchObject({
    code: 'ETIMEDOUT',
    message: expect.stringContaining('it has not rebooted'),
  });
  expect(run.clock.now()).toBe(before + 60_000);
});

test('the time that it has counts from its commit, also after the worker has died', async () => {
  const { run, at } = committed({ comesBack: false });
  await run.clock.sleep(58_000);
  await expect(comeBack(run, 'w0h0-boot-1', at)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  expect(run.clock.now()).toBe(at + 63_000);
});

test('a host has until the last moment: it is looked at once more when its time is over', async () => {
  const { run, at } = committed({ awayFor: 5 });
  // Each answer takes its time: the fifth comes when the limit is reached, to a question from before.
  const identify: typeof run.agent.identify = async (host, signal) => {
    await run.clock.sleep(8000);
    return await run.agent.identify(host, signal);
  };
  const slow = { ...run, agent: { ...run.agent, identify } };
  expect(await comeBack(slow, 'w0h0-boot-1', at)).toMatchObject({ bootId: 'w0h0-boot-2' });
  expect(run.clock.now()).toBeGreaterThan(at + 60_000);
});
