import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

test('without options, everything is measured at length', () => {
  expect(readOptions([])).toEqual({ filter: '', samples: 9, sampleMs: 30, json: false });
});

test('--quick makes samples shorter and fewer; --samples has the last word', () => {
  expect(readOptions(['--quick'])).toMatchObject({ samples: 7, sampleMs: 5 });
  expect(readOptions(['--quick', '--samples', '20', '--json', '--filter', 'lookup'])).toEqual({
    filter: 'lookup',
    samples: 20,
    sampleMs: 5,
    json: true,
  });
});

test.each([['--fast'], ['lookup'], ['--samples', '0'], ['--samples', 'many'], ['--samples', '2.5'], ['--filter']])(
  '%s %s is refused',
  (...args) => {
    expect(() => readOptions(args)).toThrow();
  },
);
