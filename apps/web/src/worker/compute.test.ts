import { formatProfile, stingray } from '@kexeckit/cost';
import { expect, test } from 'vitest';
import type { RunWishes } from '../features/controls/model.ts';
import { compute } from './compute.ts';
import type { RunMessage } from './protocol.ts';

const other = { name: 'iomem.txt', text: '40000000-7fffffff : System RAM\n  40200000-40ffffff : Kernel code\n' };

/** What is posted of the first strategy. */
async function firstOf(wishes: Partial<RunWishes>): Promise<RunMessage[]> {
  const posted: RunMessage[] = [];
  const all = { exceptionLevel: 2, seed: 1, ...wishes } as const;
  await compute({ type: 'run', wishes: all, first: 'mmu-on' }, (message) => {
    posted.push(message);
    // The other strategies would tell nothing more.
    if (message.type === 'result') throw new Error('enough');
  });
  return posted.filter(({ type }) => type === 'result' || type === 'failed').slice(0, 1);
}

test('another map is an unknown machine, and has the prices of the profile that is chosen with it', async () => {
  const [unknown] = await firstOf({ map: other });
  expect(unknown).toMatchObject({ result: { timeline: { total: undefined, profile: undefined } } });
  const profile = { name: 'board.json', text: formatProfile({ ...stingray, name: 'board', machine: 'a board' }) };
  const [known] = await firstOf({ map: other, profile });
  expect(known).toMatchObject({ result: { timeline: { profile: { name: 'board', isPublished: false } } } });
});

test.each([
  [{ profile: { name: 'x', text: '{' } }, 'the profile is wrong: it is not JSON'],
  [{ map: { name: 'x', text: '' } }, /./],
])('a file that is none is a failure in words: %j', async (wishes, message) => {
  const [failed] = await firstOf(wishes);
  expect(failed).toMatchObject({
    type: 'failed',
    failure: { code: 'EINVAL', message: expect.stringMatching(message) },
  });
});

test('what cannot be planned ends in one failure that names the strategy', async () => {
  const posted: RunMessage[] = [];
  const wishes = { exceptionLevel: 2, seed: Number.NaN } as const;
  await compute({ type: 'run', wishes, first: 'reserved' }, (message) => posted.push(message));
  expect(posted.map(({ type }) => type)).toEqual(['machine', 'progress', 'failed']);
  expect(posted[1]).toMatchObject({ progress: { strategy: 'reserved', phase: 'inputs', done: 0 } });
  expect(posted[2]).toMatchObject({ failure: { code: 'EINVAL', strategy: 'reserved', hint: 'give a whole number' } });
});
