import { expect, test } from 'vitest';
import { programWords, share, speed } from './words.ts';

test.each<[string, readonly string[]]>([
  ['hosts', ['hosts']],
  ['  hosts --site  b ', ['hosts', '--site', 'b']],
  ['["hosts", "--all of them", ""]', ['hosts', '--all of them', '']],
  [' ["a$b;c"]', ['a$b;c']],
])('%j is a program and its arguments', (given, words) => {
  expect(programWords(given)).toEqual(words);
});

test.each([
  '',
  '  ',
  '[]',
  '[""]',
  '["a", 1]',
  '["a"',
  '["a\\u0000"]',
  'hosts; rm -rf /',
  'hosts | head',
  '$(hosts)',
  '`hosts`',
  'hosts > x',
  "hosts 'a b'",
  'hosts "a b"',
  'hosts *',
  'hosts\nother',
])('%j is none', (given) => {
  expect(() => programWords(given)).toThrow();
});

test('shares and speeds', () => {
  expect(share('3%')).toBeCloseTo(0.03);
  expect(share('0%')).toBe(0);
  expect(share('100%')).toBe(1);
  for (const given of ['3', '101%', '-1%', '%', 'NaN%', '1e1%']) expect(() => share(given)).toThrow();
  expect(speed('2.5')).toBe(2.5);
  for (const given of ['0.5', '1001', 'x', '-3', '1e2']) expect(() => speed(given)).toThrow();
});
