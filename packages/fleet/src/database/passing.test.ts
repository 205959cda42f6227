import { expect, test } from 'vitest';
import { FleetError } from '../error.ts';
import { isPassing, untilAnswered } from './passing.ts';

const coded = (code: string): Error => Object.assign(new Error('no'), { code });

test.each([
  ['a broken connection', coded('ECONNRESET'), true],
  ['a server that ends', coded('57P01'), true],
  ['one that is being started', coded('57P03'), true],
  ['too many connections', coded('53300'), true],
  ['an answer that never came', new Error('Connection terminated unexpectedly'), true],
  ['a pool without a free one', new Error('timeout exceeded when trying to connect'), true],
  ['a question that was canceled', coded('57014'), false],
  ['a user who may not', coded('42501'), false],
  ['a fault of ours', new TypeError('undefined is not a function'), false],
  ['words of a host', new FleetError('EIO', 'ssh: connection error', ''), false],
  ['no error', 'no', false],
])('%s', (_, error, expected) => {
  expect(isPassing(error)).toBe(expected);
});

test('asks again as long as it passes, and no longer', async () => {
  const said = [coded('57P03'), coded('ECONNRESET')];
  const answer = await untilAnswered(async () => {
    const error = said.shift();
    if (error !== undefined) throw error;
    return 'yes';
  });
  expect(answer).toBe('yes');
  await expect(untilAnswered(() => Promise.reject(coded('42501')))).rejects.toThrow('no');
});
