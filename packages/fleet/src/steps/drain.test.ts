import { expect, test } from 'vitest';
import { FakeHost } from '../testing/fake-fleet.ts';
import { runOf } from '../testing/host-runs.ts';
import { drain } from './drain.ts';

const hook = { argv: ['drain'], on: 'worker', limitMs: 1000 } as const;
const wait = { kind: 'wait', why: 'an alert' } as const;

test('a host keeps its work while the gate says to wait', async () => {
  const run = runOf(new FakeHost(), { passages: [wait, wait, { kind: 'open' }] });
  const before = run.clock.now();
  expect(await drain(run, hook)).toEqual({ kind: 'drained' });
  expect(run.clock.now() - before).toBe(10_000);
  expect(run.hooks).toEqual(['drain']);
});

test('a host that is let go keeps its work', async () => {
  const release = { kind: 'release', to: 'undone', why: 'aborted' } as const;
  const run = runOf(new FakeHost(), { passages: [wait, release] });
  expect(await drain(run, hook)).toEqual({ ...release, isHeld: true });
  expect(run.hooks).toEqual([]);
});

test('a host that another worker has taken over keeps what that one gives it', async () => {
  const run = runOf(new FakeHost(), { isTakenOver: true });
  const draining = drain(run, hook);
  expect(await Promise.race([draining, new Promise((resolve) => setTimeout(() => resolve('nothing'), 50))])).toBe(
    'nothing',
  );
  expect(run.hooks).toEqual([]);
});
