import { expect, test } from 'vitest';
import { decodeBitmask, encodeBitmask, isBitmask } from './bitmask.ts';

const fields = Array.from({ length: 2 ** 13 }, (_, field) => field);

test('there are 5334 logical immediates, and each is found again', () => {
  const values = new Set(fields.map(decodeBitmask).filter((value) => value !== undefined));
  expect(values.size).toBe(5334);
  for (const value of values) expect(decodeBitmask(encodeBitmask(value) ?? -1)).toBe(value);
});

test('a field is assigned where it has a value', () => {
  expect(fields.filter(isBitmask)).toEqual(fields.filter((field) => decodeBitmask(field) !== undefined));
});

test('values that are not a run of ones have no field', () => {
  for (const value of [0n, -1n, 5n, 0x1234n, 0xff00ffn, 0x5555_5555_5555_5556n]) {
    expect(encodeBitmask(value)).toBeUndefined();
  }
  expect(encodeBitmask(-4096n)).toBe(encodeBitmask(0xffff_ffff_ffff_f000n));
});
