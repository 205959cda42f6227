import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assertPublished } from './published.ts';

const printed = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'golden-json', `${name}.json`), 'utf8'));
const memory = printed('memory');
const line = ['memory', 'iomem.txt', '--json'];

const holding =
  (args: readonly string[], out: unknown, code: number | null = 0) =>
  () =>
    assertPublished(args, typeof out === 'string' ? out : JSON.stringify(out), code);

test('what the schema says passes, and so does an error in its place', () => {
  expect(holding(line, memory)).not.toThrow();
  expect(holding(line, printed('error-usage'), 2)).not.toThrow();
  expect(holding(['preflight', '--json'], printed('doctor'))).not.toThrow();
  expect(holding(['dtb', 'get', '--json'], printed('dtb-get'))).not.toThrow();
});

const { totals: _, ...withoutTotals } = memory;

describe('a test is red where', () => {
  test.each([
    ['there is a member that the schema has not', { ...memory, more: 1 }, /must NOT have additional properties/],
    ['one is missing', withoutTotals, /must have required property 'totals'/],
    [
      'an address is a number',
      { ...memory, holes: [{ start: 0, end: '0x1', bytes: 2 }] },
      /holes\/0\/start must be string/,
    ],
    ['an address is in decimal', { ...memory, holes: [{ start: '12', end: '0x1', bytes: 2 }] }, /must match pattern/],
    ['a word is unknown', { ...memory, roles: [{ role: 'new', bytes: 0, ranges: 0 }] }, /must be equal to one of/],
    ['it is an answer of another command', printed('status'), /prints what schema\/memory\.json has not/],
    ['an error has a member too many', { error: {}, totals: {} }, /prints what schema\/error\.json has not/],
    ['something stands before it', `note\n${JSON.stringify(memory)}`, /prints what is no JSON/],
    ['something stands behind it', `${JSON.stringify(memory)}\nnote\n`, /prints what is no JSON/],
    ['nothing is printed', '', /prints what is no JSON/],
  ])('%s', (_, out, message) => {
    expect(holding(line, out)).toThrow(message);
  });

  test('the command has no schema', () => {
    expect(holding(['hello', '--json'], {})).toThrow(/hello\.json/);
  });
});

test('what is no JSON is not asked for: text, help, a file of that name, a kexec, a signal that nobody reads after', () => {
  expect(holding(['memory', 'iomem.txt'], 'text')).not.toThrow();
  expect(holding(['memory', '--json', '--help'], 'Usage')).not.toThrow();
  expect(holding(['memory', '--', '--json'], 'text')).not.toThrow();
  expect(holding(['kexec', '--json'], 'text')).not.toThrow();
  for (const code of [141, null]) expect(holding(line, '{', code)).not.toThrow();
  expect(holding(line, '', 130)).not.toThrow();
  expect(holding(line, '{', 130)).toThrow(/no JSON/);
});
