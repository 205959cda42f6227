import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failures, type WorkflowList } from './failures.ts';

type Asked = Parameters<WorkflowList['listWorkflows']>[0];

/** A database with so many hosts that failed, which may become more; what it was asked, and how many rows it gave. */
function databaseOf(failed: { count: number }) {
  const asked: Asked[] = [];
  let rows = 0;
  const listWorkflows = async (input: Asked) => {
    asked.push(input);
    await Promise.resolve();
    const { offset = 0, limit = Number.POSITIVE_INFINITY } = input;
    const length = Math.max(0, Math.min(limit, failed.count - offset));
    rows += length;
    return Array.from({ length }, () => 'a workflow');
  };
  return { client: { listWorkflows }, asked, rows: () => rows };
}

test('counts as many as there are, up to the limit, and reads each once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ more: fc.nat(20), limit: fc.integer({ min: 1, max: 60 }) }), { maxLength: 12 }),
      async (looks) => {
        const failed = { count: 0 };
        const database = databaseOf(failed);
        const failures = new Failures(database.client);
        for (const { more, limit } of looks) {
          failed.count += more;
          expect(await failures.count('a/', limit)).toBe(Math.min(limit, failed.count));
        }
        expect(database.rows()).toBeLessThanOrEqual(failed.count);
      },
    ),
  );
});

test('who asks at the same time is answered by one question', async () => {
  const database = databaseOf({ count: 7 });
  const failures = new Failures(database.client);
  const answers = await Promise.all(Array.from({ length: 400 }, () => failures.count('a/', 5)));
  expect(new Set(answers)).toEqual(new Set([5]));
  expect(database.asked).toHaveLength(1);
  expect(await failures.count('b/', 9)).toBe(7);
  expect(await failures.count('a/', 9)).toBe(7);
});

test('a question without an answer is asked again', async () => {
  let tries = 0;
  const listWorkflows = async (): Promise<never[]> => {
    if (tries++ === 0) throw new Error('gone');
    return [];
  };
  const failures = new Failures({ listWorkflows });
  await expect(failures.count('a/', 1)).rejects.toThrow('gone');
  expect(await failures.count('a/', 1)).toBe(0);
});
