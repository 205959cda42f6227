import { expect, test } from 'vitest';
import { steppedClock } from '../testing/host-runs.ts';
import type { RunResult, Transport } from '../transport/transport.ts';
import { blockersOf } from './blockers.ts';

const hook = { argv: ['alerts'], on: 'worker', limitMs: 300_000 } as const;

test('a blocker that hangs is run once, and its answer holds from when it came', async () => {
  const answers: ((result: RunResult) => void)[] = [];
  const run = () => new Promise<RunResult>((resolve) => answers.push(resolve));
  const local: Transport = { name: 'local', run, close: async () => {} };
  const clock = steppedClock();
  const blockers = blockersOf([hook], local, clock);
  const first = blockers();
  await clock.sleep(290_000);
  const second = blockers();
  expect(answers).toHaveLength(1);
  answers[0]?.({ code: 1, stdout: new Uint8Array(), stderr: '' });
  expect(await Promise.all([first, second])).toEqual(['alerts ended with 1', 'alerts ended with 1']);
  await clock.sleep(29_000);
  expect(await blockers()).toBe('alerts ended with 1');
  await clock.sleep(1000);
  void blockers();
  expect(answers).toHaveLength(2);
});
