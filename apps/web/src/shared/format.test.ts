import { expect, test } from 'vitest';
import { bytesText, count, hex, pagesText, rangeText, secondsText } from './format.ts';

test('addresses are hexadecimal and exact beyond 2^53', () => {
  expect(hex(0xffff_ffff_ffff_ffffn)).toBe('0xffffffffffffffff');
  expect(rangeText({ start: 0x8000_0000n, end: 0x8000_0fffn })).toBe('0x80000000–0x80000fff');
});

test('numbers are grouped, and one page is one page', () => {
  expect(count(11_550_977)).toBe('11,550,977');
  expect([0, 999, 1000, 100_000, -1234, 1e6].map(count)).toEqual([
    '0',
    '999',
    '1,000',
    '100,000',
    '-1,234',
    '1,000,000',
  ]);
  expect([pagesText(0), pagesText(1), pagesText(9473)]).toEqual(['0 pages', '1 page', '9,473 pages']);
});

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [4096, '4 KiB'],
  [1856, '1.8 KiB'],
  [13 * 2 ** 20, '13 MiB'],
  [95.93 * 2 ** 20, '95.9 MiB'],
  [527_133 * 4096, '2 GiB'],
  [48 * 2 ** 30, '48 GiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test('seconds go to the millisecond, and what is shorter is not called nothing', () => {
  expect([0, 1e-9, 0.0005, 0.35, 2.31].map(secondsText)).toEqual(['0.000', '<0.001', '0.001', '0.350', '2.310']);
});
