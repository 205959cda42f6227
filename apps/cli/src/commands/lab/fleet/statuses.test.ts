import type { RolloutStatus } from '@kexeckit/rollout';
import { expect, test } from 'vitest';
import { Statuses } from './statuses.ts';

const status: RolloutStatus = {
  format: 'kexeckit-rollout-status/1',
  id: 'a',
  state: 'running',
  gate: { state: 'open' },
  now: 100_000,
  started: 90_000,
  failureBudget: 1,
  waves: [{ name: 'w', state: 'running', hosts: 1 }],
  outcomes: { done: 0, refused: 0, failed: 0, lost: 0, undone: 0, skipped: 0, deferred: 0 },
  hosts: [{ host: 'h', wave: 'w', state: 'waiting' }],
};

/** A book that takes so long to answer, on a clock of its own. */
function slowBook(takes: number) {
  const seen = { asked: 0, now: 0, changed: status };
  const ask = async (id: string): Promise<RolloutStatus> => {
    seen.asked += 1;
    await Promise.resolve();
    seen.now += takes;
    return { ...seen.changed, id };
  };
  return { seen, statuses: new Statuses(ask, () => seen.now) };
}

test('many pages that ask at once ask the database once, and what they are told is what it said', async () => {
  const { seen, statuses } = slowBook(10);
  const answers = await Promise.all([1, 2, 3].map(() => statuses.of('a')));
  expect(seen.asked).toBe(1);
  expect(answers.map(({ body }) => JSON.parse(body.toString()))).toEqual([status, status, status]);
});

test.each([
  [10, 1000],
  [5000, 10_000],
])('an answer that took %i ms stands for %i ms', async (takes, stands) => {
  const { seen, statuses } = slowBook(takes);
  await statuses.of('a');
  seen.now += stands - 1;
  await statuses.of('a');
  expect(seen.asked).toBe(1);
  seen.now += 1;
  await statuses.of('a');
  expect(seen.asked).toBe(2);
});

test('the tag changes with what it says, and with time alone only now and then', async () => {
  const { seen, statuses } = slowBook(0);
  const tagOf = async (change: Partial<RolloutStatus>): Promise<string> => {
    seen.changed = { ...status, ...change };
    seen.now += 1000;
    return (await statuses.of('a')).tag;
  };
  const first = await tagOf({});
  expect(await tagOf({ now: 103_000 })).toBe(first);
  expect(await tagOf({ now: 113_000 })).not.toBe(first);
  const ended = await tagOf({ state: 'stopped', ended: 100_000 });
  expect(await tagOf({ state: 'stopped', ended: 100_000, now: 1_000_000 })).toBe(ended);
  expect(await tagOf({ hosts: [{ host: 'h', wave: 'w', state: 'running', phase: 'drain', since: 1 }] })).not.toBe(
    first,
  );
});

test('what could not be told is asked for again, and only a few rollouts are kept', async () => {
  let isDown = true;
  let asked = 0;
  const statuses = new Statuses(
    async (id) => {
      asked += 1;
      if (isDown) throw new Error('down');
      return { ...status, id };
    },
    () => 0,
  );
  await expect(statuses.of('a')).rejects.toThrow('down');
  isDown = false;
  await statuses.of('a');
  expect(asked).toBe(2);
  for (const id of ['b', 'c', 'd', 'e']) await statuses.of(id);
  await statuses.of('e');
  expect(asked).toBe(6);
  await statuses.of('a');
  expect(asked).toBe(7);
});
