import { expect, test } from 'vitest';
import { paceWords, type Step } from './pace.ts';

const MIB = 2 ** 20;

test.each<[Step, number, string]>([
  [{ done: 10 * MIB, total: 40 * MIB, unit: 'bytes' }, 0.1, ' 25 %'],
  [{ done: 10 * MIB, total: 40 * MIB, unit: 'bytes' }, 2, ' 25 %, 5.0 MiB/s, 6.0 s left'],
  [{ done: 1500, total: 600_000, unit: 'pages' }, 1, ' 0 %, 1,500 pages/s, 7 min left'],
  [{ done: 600, total: 600, unit: 'pages' }, 2, ' 100 %, 300 pages/s, 0.0 s left'],
  [{ done: 0, total: 600, unit: 'pages' }, 2, ' 0 %'],
  [{ done: 3e6, total: 9e6, unit: 'instructions' }, 0.2, ''],
  [{ done: 3e6, total: 63e6, unit: 'instructions' }, 1, ' 3.0 M instructions, 3.0 M/s, at most 20 s left'],
])('%j after %d s', (step, seconds, words) => {
  expect(paceWords(step, seconds)).toBe(words);
});
