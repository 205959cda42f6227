import { expect, test } from 'vitest';
import { compute } from './compute.ts';
import type { RunMessage } from './protocol.ts';

test('what cannot be planned ends in one failure that names the strategy', async () => {
  const posted: RunMessage[] = [];
  const wishes = { exceptionLevel: 2, seed: Number.NaN } as const;
  await compute({ type: 'run', wishes, first: 'reserved' }, (message) => posted.push(message));
  expect(posted.map(({ type }) => type)).toEqual(['machine', 'progress', 'failed']);
  expect(posted[1]).toMatchObject({ progress: { strategy: 'reserved', phase: 'inputs', done: 0 } });
  expect(posted[2]).toMatchObject({ failure: { code: 'EINVAL', strategy: 'reserved', hint: 'give a whole number' } });
});
