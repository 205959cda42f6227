import { phases, RebootError } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import { answerFor, answerIn, questionIn } from './protocol.ts';

/** What the other process gets. */
const sent = async (work: () => Promise<object>): Promise<object> =>
  answerIn(JSON.stringify(await answerFor(async () => await work())));

test('an answer comes over', async () => {
  expect(await sent(async () => ({ isWhole: true }))).toEqual({ isWhole: true });
  expect(await sent(async () => ({}))).toEqual({});
});

test('an error comes over with its code, its hint and its phase', async () => {
  const error = new RebootError('ESTALE', 'pages have changed', 'stage it again', { phase: phases.stage });
  const fails = sent(() => Promise.reject(error));
  await expect(fails).rejects.toMatchObject({
    ...{ code: 'ESTALE', message: 'pages have changed' },
    ...{ hint: 'stage it again', phase: phases.stage },
  });
  await expect(sent(() => Promise.reject(new TypeError('surprise')))).rejects.toMatchObject({
    ...{ code: 'EIO', message: 'surprise', phase: undefined },
  });
});

test.each(['', '{', '7', 'null'])('%j is no answer', (text) => {
  expect(() => answerIn(text)).toThrow(
    expect.objectContaining({ code: 'EIO', message: expect.stringMatching(/does not answer/) }),
  );
});

test('only questions that it knows are answered', () => {
  expect(questionIn('leave\n')).toBe('leave');
  expect(() => questionIn('reboot')).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});
