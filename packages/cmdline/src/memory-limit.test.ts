import { expect, test } from 'vitest';
import { memoryLimit } from './memory-limit.ts';

test.each([
  ['quiet mem=2G', 2n << 30n],
  ['mem=2G mem=512M', 512n << 20n],
  ['mem=0x10000000', 1n << 28n],
  ['quiet memmap=1G', undefined],
  ['mem', undefined],
  ['mem=', undefined],
  ['mem=all', undefined],
  ['quiet -- mem=2G', undefined],
])('%j', (line, limit) => {
  expect(memoryLimit(line)).toBe(limit);
});
