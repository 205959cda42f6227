import { formatProfile, stingray } from '@kexeckit/cost';
import { expect, test } from 'vitest';
import type { RebootInputs } from '../desk/inputs.ts';
import { defaultWishes, readWishes, type Wishes, type WishTexts } from '../desk/wishes.ts';
import { compute } from './compute.ts';
import type { RunMessage } from './protocol.ts';

const other = { name: 'iomem.txt', text: '40000000-7fffffff : System RAM\n  40200000-40ffffff : Kernel code\n' };

function wishesOf(texts: Partial<WishTexts> = {}): Wishes {
  const { wishes } = readWishes({ ...defaultWishes, ...texts });
  if (wishes === undefined) throw new TypeError('wrong wishes');
  return wishes;
}

/** What is posted of the first strategy. */
async function firstOf(inputs: Partial<RebootInputs>): Promise<RunMessage | undefined> {
  const enough = new Error('enough');
  let first: RunMessage | undefined;
  await compute({ inputs: { wishes: wishesOf(), files: {}, ...inputs }, first: 'mmu-on' }, (message) => {
    if (!['result', 'refused', 'failed'].includes(message.type)) return;
    first ??= message;
    // The other strategies would tell nothing more.
    throw enough;
  }).catch((error: unknown) => expect(error).toBe(enough));
  return first;
}

test('another map is an unknown machine, and has the prices of the profile that is chosen with it', async () => {
  const unknown = await firstOf({ map: other });
  expect(unknown).toMatchObject({ result: { timeline: { total: undefined, profile: undefined } } });
  const profile = { name: 'board.json', text: formatProfile({ ...stingray, name: 'board', machine: 'a board' }) };
  const known = await firstOf({ map: other, files: { profile } });
  expect(known).toMatchObject({ result: { timeline: { profile: { name: 'board', isPublished: false } } } });
});

test.each<[Partial<RebootInputs>, RegExp]>([
  [{ files: { profile: { name: 'x', text: '{' } } }, /the profile is wrong: it is not JSON/],
  [{ map: { name: 'x', text: 'zz' } }, /./],
])('a file that is none is a failure in words: %j', async (inputs, message) => {
  expect(await firstOf(inputs)).toMatchObject({
    type: 'failed',
    failure: { code: 'EINVAL', message: expect.stringMatching(message) },
  });
});

test('what one strategy cannot do is a refusal that names it, and the others are run', async () => {
  const posted: RunMessage[] = [];
  // The map has a crash region already: there is nothing to reserve.
  const wishes = wishesOf({ reserve: '128M', kernelMib: '1', initrdMib: '1' });
  await compute({ inputs: { wishes, files: {} }, first: 'crash-region' }, (message) => posted.push(message));
  const ends = posted.filter(({ type }) => type !== 'progress').map(({ type }) => type);
  expect(ends).toEqual(['machine', 'refused', 'result', 'result', 'result', 'result', 'done']);
  expect(posted.find(({ type }) => type === 'refused')).toMatchObject({
    strategy: 'crash-region',
    failure: { code: 'EINVAL', message: expect.stringMatching(/nothing to reserve 128M/), hint: 'leave it out' },
  });
});

test('files are rebooted into, with what a unified kernel has besides the kernel', async () => {
  const kernel = { name: 'noise', bytes: new Uint8Array(5000) };
  expect(await firstOf({ files: { kernel } })).toMatchObject({ type: 'refused', failure: { code: /^E/ } });
});
