import { expose, wrap } from 'comlink';
import { expect, test } from 'vitest';
import { LabError } from '../shared/error.ts';
import { wordsOf } from '../shared/words.ts';
import { keepErrorsWhole } from './throwing.ts';

test('an error says the same on the page as in the worker', async () => {
  keepErrorsWhole();
  const { port1, port2 } = new MessageChannel();
  const failures: readonly unknown[] = [
    new LabError('ENOSPC', 'no room for the kernel', 'use a larger region'),
    new RangeError('too much'),
    'a text',
  ];
  expose({ fail: (at: number) => Promise.reject(failures[at]) }, port2);
  const worker = wrap<{ fail(at: number): Promise<void> }>(port1);
  for (const [at, failure] of failures.entries()) {
    const arrived: unknown = await worker.fail(at).catch((error: unknown) => error);
    expect(wordsOf(arrived)).toEqual(wordsOf(failure));
  }
  port1.close();
});
