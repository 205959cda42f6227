import { expect, test } from 'vitest';
import { duration, renderTable } from './table.ts';

test('durations keep three digits and no exponent', () => {
  expect([0.5, 68, 999.4, 1234, 63_000, 270_000, 5e6, 2e9].map(duration)).toEqual([
    '0.50 ns',
    '68.0 ns',
    '999 ns',
    '1.23 µs',
    '63.0 µs',
    '270 µs',
    '5.00 ms',
    '2.00 s',
  ]);
});

test('the table aligns numbers right and leaves out what there is not', () => {
  const time = { median: 100, min: 90, max: 110 };
  const table = renderTable([
    { package: 'cmdline', name: 'parse', time, mark: { name: 'C', nanoseconds: 50 } },
    {
      package: 'ioport',
      name: 'lookup among many',
      time,
      reference: { name: 'list', time: { median: 5000, min: 1, max: 2 } },
      ratio: { median: 50, min: 1, max: 2 },
    },
  ]);
  const [, first = '', second = ''] = table.split('\n');
  expect(first).toMatch(/^cmdline {2}parse {14}100 ns {3}±10 % .* 50\.0 ns {6}2\.00$/);
  expect(second).toMatch(/^ioport {3}lookup among many {2}100 ns {3}±10 % {2}list {5}5\.00 µs {2}50\.0×$/);
});
