import { expect, test } from 'vitest';
import { banksOf } from './banks.ts';

const MIB = 1n << 20n;
const GIB = 1n << 30n;

test('ranges with small gaps share a bank, a gap of a GiB starts the next', () => {
  const near = { start: 2n * GIB, end: 2n * GIB + 64n * MIB - 1n };
  const nearby = { start: 2n * GIB + 65n * MIB, end: 3n * GIB - 1n };
  const far = { start: 4n * GIB, end: 6n * GIB - 1n };
  const banks = banksOf([near, nearby, far]);
  expect(banks.map(({ start, end, ram }) => [start, end, ram.length])).toEqual([
    [near.start, nearby.end, 2],
    [far.start, far.end, 1],
  ]);
  expect(banks.map(({ bytes }) => bytes)).toEqual([Number(1023n * MIB), Number(2n * GIB)]);
});

test('one byte less than the gap still joins', () => {
  const low = { start: 0n, end: GIB - 1n };
  expect(banksOf([low, { start: 2n * GIB - 1n, end: 3n * GIB }])).toHaveLength(1);
  expect(banksOf([low, { start: 2n * GIB, end: 3n * GIB }])).toHaveLength(2);
});

test('no memory, no banks', () => {
  expect(banksOf([])).toEqual([]);
});
