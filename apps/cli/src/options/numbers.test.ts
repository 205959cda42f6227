import { describe, expect, test } from 'vitest';
import { InvalidValue } from '../error.ts';
import { byteSize, word64 } from './numbers.ts';

describe('a number of 64 bits', () => {
  test.each<[string, bigint]>([
    ['0', 0n],
    ['4096', 4096n],
    ['0x40200000', 0x4020_0000n],
    ['2m', 2n << 20n],
    ['48G', 48n << 30n],
    ['1T', 1n << 40n],
    ['0xffffffffffffffff', 2n ** 64n - 1n],
    ['15E', 15n << 60n],
  ])('%s', (given, value) => {
    expect(word64(given)).toBe(value);
  });

  // The kernel takes the first of these for octal, and the largest number for those that are too large.
  test.each(['010', '0x10000000000000000', '18446744073709551616', '16E', '', 'abc', '1X', '-1', '1.5G', '0x', ' 1'])(
    'not %j',
    (given) => {
      expect(() => word64(given)).toThrow(InvalidValue);
    },
  );

  test('a size has a least', () => {
    expect(byteSize(4096n)('4K')).toBe(4096n);
    expect(() => byteSize(4096n)('4095')).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^give at least 4096 bytes/) }),
    );
  });
});
