import { describe, expect, test } from 'vitest';
import { InvalidValue } from '../error.ts';
import { oneOf, regionSize } from './values.ts';

describe('a region', () => {
  test.each(['256M', '1G', '0x1000000', '1G-4G:160M,4G-:256M', '64M@0x50000000', '512M-2G:64M@1G'])(
    '%s',
    async (given) => {
      expect(await regionSize(given)).toBe(given);
    },
  );

  test.each(['', 'abc', '64M 32M', '64M,quiet', '"64M"', '4G-1G:64M', '1G-4G'])('not %j', async (given) => {
    await expect(regionSize(given)).rejects.toBeInstanceOf(InvalidValue);
  });
});

describe('one of some words', () => {
  const parse = oneOf(['mmu-off', 'mmu-on', 'reserved']);

  test.each(['4', '8K', 'el4'])('another number is meant: %j', (given) => {
    const parse = oneOf(['1', '2', '4K', '16K', 'EL1', 'EL2']);
    expect(() => parse(given)).toThrow(expect.objectContaining({ hint: 'give one of 1, 2, 4K, 16K, EL1, EL2' }));
  });

  // It would take hours to compare it.
  test('a very long word is none of them', () => {
    expect(() => parse('mmu-on'.repeat(1e5))).toThrow(
      expect.objectContaining({ hint: 'give one of mmu-off, mmu-on, reserved' }),
    );
  });

  test.each([
    ['mmu-oof', /^did you mean mmu-off\? give one of mmu-off, mmu-on, reserved$/],
    ['Reserved', /^did you mean reserved\?/],
    ['', /^give one of/],
    ['fast', /^give one of/],
    ['mmu-fof', /^did you mean mmu-off\?/],
    ['MMU-ON', /^did you mean mmu-on\?/],
  ])('%j', (given, hint) => {
    expect(() => parse(given)).toThrow(expect.objectContaining({ hint: expect.stringMatching(hint) }));
  });
});
