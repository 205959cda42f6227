import { expect, test } from 'vitest';
import { type Fence, Fences } from './fence.ts';

const fencesOn = (status: string, executorId?: string): Fences =>
  new Fences({ getWorkflow: async () => ({ status, executorId }) }, 'me');

/** Whether it lets through who asks. */
async function passes(fence: Fence): Promise<boolean> {
  const later = new Promise<false>((resolve) => setTimeout(() => resolve(false), 50));
  return await Promise.race([fence().then(() => true), later]);
}

test.each([
  ['is mine', 'PENDING', 'me', true],
  ['was taken over', 'PENDING', 'another', false],
  ['waits to be taken', 'ENQUEUED', undefined, false],
  ['was ended by another', 'SUCCESS', 'another', false],
] as const)('a host whose workflow %s', async (_, status, executorId, expected) => {
  expect(await passes(fencesOn(status, executorId).raise('w'))).toBe(expected);
});

test('a workflow that nobody knows lets nobody through, and one that cannot be asked says so', async () => {
  expect(await passes(new Fences({ getWorkflow: async () => null }, 'me').raise('w'))).toBe(false);
  const broken = new Fences({ getWorkflow: () => Promise.reject(new Error('no database')) }, 'me');
  await expect(broken.raise('w')()).rejects.toThrow('no database');
});

test('of two runs in one process the later goes on, whenever the other ends', async () => {
  const fences = fencesOn('PENDING', 'me');
  const [first, second] = [fences.raise('w'), fences.raise('w')];
  expect([await passes(first), await passes(second)]).toEqual([false, true]);
  fences.lower('w', first);
  expect(await passes(second)).toBe(true);
});
