import { expect, test } from 'vitest';
import { type Run, Runs } from './runs.ts';

const runsOn = (status: string, executorId?: string): Runs =>
  new Runs({ getWorkflow: async () => ({ status, executorId }) }, 'me');

/** Whether it lets through who asks. */
async function passes({ fence }: Run): Promise<boolean> {
  const later = new Promise<false>((resolve) => setTimeout(() => resolve(false), 50));
  return await Promise.race([fence().then(() => true), later]);
}

test.each([
  ['is mine', 'PENDING', 'me', true],
  ['was taken over', 'PENDING', 'another', false],
  ['waits to be taken', 'ENQUEUED', undefined, false],
  ['was ended by another', 'SUCCESS', 'another', false],
] as const)('a host whose workflow %s', async (_, status, executorId, expected) => {
  expect(await passes(runsOn(status, executorId).begin('w'))).toBe(expected);
});

test('a workflow that nobody knows lets nobody through, and one that cannot be asked says so', async () => {
  expect(await passes(new Runs({ getWorkflow: async () => null }, 'me').begin('w'))).toBe(false);
  const broken = new Runs({ getWorkflow: () => Promise.reject(new Error('no database')) }, 'me');
  await expect(broken.begin('w').fence()).rejects.toThrow('no database');
});

test('of two runs in one process the later goes on, whenever the other ends', async () => {
  const runs = runsOn('PENDING', 'me');
  const [first, second] = [runs.begin('w'), runs.begin('w')];
  expect([await passes(first), await passes(second)]).toEqual([false, true]);
  runs.end(first);
  expect(await passes(second)).toBe(true);
  expect(runs.has('w')).toBe(true);
  runs.end(second);
  expect(runs.has('w')).toBe(false);
});

test('a run that stops at its fence goes on no longer', async () => {
  const runs = runsOn('ENQUEUED');
  const run = runs.begin('w');
  expect(runs.has('w')).toBe(true);
  expect(await passes(run)).toBe(false);
  expect(runs.has('w')).toBe(false);
});
