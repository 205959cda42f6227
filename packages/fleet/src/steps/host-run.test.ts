import { expect, test } from 'vitest';
import { realClock } from '../clock.ts';
import { FleetError } from '../error.ts';
import { FakeHost } from '../testing/fake-fleet.ts';
import { runOf } from '../testing/host-runs.ts';
import { stepOf, stubborn, withinLimit } from './host-run.ts';
import { inspect } from './inspect.ts';

const run = (stepLimitMs: number) => ({ ...runOf(new FakeHost(), { policy: { stepLimitMs } }), clock: realClock });

test('a step that takes longer than the policy lets it is given up', async () => {
  const hanging = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new FleetError('ECANCELED', 'given up', '')));
    });
  await expect(withinLimit(run(20), hanging)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
});

test('a step that tries again for ever is given up', async () => {
  const failing = () => Promise.reject(new FleetError('EIO', 'broken', ''));
  const slow = run(20);
  await expect(withinLimit(slow, (signal) => stubborn(slow, failing, signal))).rejects.toMatchObject({
    code: 'ETIMEDOUT',
  });
});

test('a step within its limit ends as it does', async () => {
  const fast = run(60_000);
  expect(await withinLimit(fast, (signal) => inspect(fast, signal))).toMatchObject({ kind: 'ready' });
  const broken = () => Promise.reject(new FleetError('EPROTO', 'nonsense', ''));
  await expect(withinLimit(fast, broken)).rejects.toMatchObject({ code: 'EPROTO' });
});

test('what nobody expected is told as trouble, on one line', async () => {
  const end = await stepOf(realClock, 'stage', () => Promise.reject(new TypeError('no\u001b[2J\nsuch thing')));
  expect(end).toMatchObject({
    ok: false,
    trouble: { phase: 'stage', code: 'EIO', what: 'nobody expected this: TypeError: no such thing' },
  });
});

test('a clock that is set back lets no step end before it began', async () => {
  let now = 1000;
  const clock = { ...realClock, now: () => now };
  const end = await stepOf(clock, 'stage', async () => {
    now = 0;
  });
  expect(end).toMatchObject({ start: 1000, end: 1000 });
});
