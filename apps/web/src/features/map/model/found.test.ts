import { expect, test } from 'vitest';
import { addressIn, type Problem, problemId, problemMarks } from './found.ts';

const problem = (of: string, address: bigint | undefined): Problem => ({
  from: 'proof',
  of,
  address,
  text: `${of} is broken`,
});

test('all that is wrong with a page is one mark, which a list finds by its id', () => {
  const problems = [problem('roles', 0x8000_0000n), problem('order', 0x8000_0008n), problem('routine', undefined)];
  const marks = problemMarks(problems);
  expect(marks).toEqual([
    {
      ...{ id: 'found@0x80000000', lane: 'found', look: 'found', name: 'roles, order' },
      ...{ start: 0x8000_0000n, end: 0x8000_0fffn, note: 'roles is broken; order is broken' },
    },
  ]);
  expect(problems.map(problemId)).toEqual(['found@0x80000000', 'found@0x80000000', undefined]);
});

test.each([
  ['external-abort at pc 0x8000, address 0xa245b11000: there is nothing', 0xa2_45b1_1000n],
  ['byte 5 of kernel at 0x80001000 is wrong', 0x8000_1000n],
  ['the console shows "" at the jump', undefined],
])('the address that %j is about', (message, address) => {
  expect(addressIn(message)).toBe(address);
});
