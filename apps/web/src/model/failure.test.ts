import { IoportError } from '@kexeckit/ioport';
import { RebootError } from '@kexeckit/reboot';
import { invariants } from '@kexeckit/relocation';
import { expect, test } from 'vitest';
import { failureOf } from './failure.ts';

test('code and hint come from the error, and the message does not say the hint twice', () => {
  const error = new RebootError('inputs', 'EINVAL', 'seed 1.5 is not an integer', { hint: 'give a whole number' });
  expect(failureOf(error)).toEqual({
    code: 'EINVAL',
    message: 'seed 1.5 is not an integer',
    hint: 'give a whole number',
  });
});

test('a hint in brackets goes too', () => {
  const error = new IoportError('EINVAL', 'line 3: no address', 'use hex digits');
  expect(failureOf(error)).toMatchObject({ message: 'line 3: no address', hint: 'use hex digits' });
});

test('whatever else is thrown has words of its own', () => {
  expect(failureOf(new RangeError('out of memory'))).toEqual({
    code: 'RangeError',
    message: 'out of memory',
    hint: 'run it again',
  });
  expect(failureOf('gone')).toEqual({ code: 'EIO', message: 'gone', hint: 'run it again' });
});

test('a proof that refused a plan comes along, with the strategy', () => {
  const proof = {
    checks: [{ invariant: 'order' as const, statement: invariants.order, checked: 2, violations: 1 }],
    violations: [{ invariant: 'order' as const, page: 0x1000n, owners: ['kernel'], detail: 'overwritten' }],
  };
  const error = new RebootError('prove', 'EFAULT', 'the plan breaks "order"', { hint: 'nothing was changed', proof });
  const failure = failureOf(error, 'mmu-on');
  expect(failure.strategy).toBe('mmu-on');
  expect(failure.proof?.map(({ violations, found }) => [violations, found])).toEqual([
    [1, ['0x1000 (kernel): overwritten']],
  ]);
});
