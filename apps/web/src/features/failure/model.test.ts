import { phases, RebootError } from '@kexeckit/reboot';
import { invariants, RelocationError } from '@kexeckit/relocation';
import { expect, test } from 'vitest';
import { failureOf } from './model.ts';

test.each([
  new RebootError('EINVAL', 'seed 1.5 is not an integer', 'give a whole number', { phase: phases.inputs }),
  new RelocationError('EINVAL', 'segment kernel wraps around', 'place it lower'),
])('code, message and hint come from the error: %s', (error) => {
  const { code, message, hint } = error;
  expect(failureOf(error)).toEqual({ code, message, hint });
});

test('whatever else is thrown has words of its own', () => {
  expect(failureOf(new RangeError('out of memory'))).toEqual({
    code: 'RangeError',
    message: 'out of memory',
    hint: '',
  });
  expect(failureOf('gone')).toEqual({ code: 'EIO', message: 'gone', hint: '' });
});

test('a proof that refused a plan comes along, with the strategy', () => {
  const proof = {
    checks: [{ invariant: 'order' as const, statement: invariants.order, checked: 2, unit: 'pages', violations: 1 }],
    violations: [{ invariant: 'order' as const, address: 0x1000n, owners: ['kernel'], detail: 'overwritten' }],
  };
  const details = { phase: phases.prove, proof };
  const failure = failureOf(
    new RebootError('EFAULT', 'the plan breaks "order"', 'nothing was changed', details),
    'mmu-on',
  );
  expect(failure.strategy).toBe('mmu-on');
  expect(failure.proof?.map(({ violations, found }) => [violations, found])).toEqual([
    [1, ['0x1000 (kernel): overwritten']],
  ]);
});
