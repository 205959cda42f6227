import { expect, test } from 'vitest';
import { readDeviations } from './deviations.ts';
import { type Answerer, runLines } from './run.ts';

const deviations = readDeviations('[{"id":"a-*","tag":"quirk-wrap","reason":"no memory there"}]');

/** Answers `double` with twice its input. */
const double: Answerer = (record) =>
  record.fn === 'double'
    ? {
        id: String(record.id),
        tags: Array.isArray(record.tags) ? record.tags : [],
        expected: record.output,
        actual: 2 * Number(record.input),
      }
    : undefined;

const line = (id: string, input: number, output: number, tags: string[] = []): string =>
  JSON.stringify({ id, fn: 'double', input, output, tags });

test('what agrees passes, what does not is shown with both answers', () => {
  const { passed, disagreements } = runLines([line('a-1', 2, 4), '', line('a-2', 2, 5)], [double], deviations);
  expect(passed).toBe(1);
  expect(disagreements).toMatchObject([{ id: 'a-2', expected: 5, actual: 4, deviation: undefined }]);
});

test('a deviation needs the id and the tag', () => {
  const tagged = ['quirk-wrap'];
  const { disagreements } = runLines(
    [line('a-1', 1, 9, tagged), line('b-1', 1, 9, tagged), line('a-2', 1, 9)],
    [double],
    deviations,
  );
  expect(disagreements.map(({ deviation }) => deviation?.reason)).toEqual(['no memory there', undefined, undefined]);
});

test('a line that nobody answers for, or that is not JSON, is a failure, not an exception', () => {
  const { passed, disagreements } = runLines(['{"id":"x","fn":"halve"}', 'nonsense', '[]'], [double], deviations);
  expect(passed).toBe(0);
  expect(disagreements.map(({ actual }) => String(actual))).toEqual([
    'no package answers for halve',
    expect.stringContaining('SyntaxError'),
    expect.stringContaining('no package answers'),
  ]);
});

test('an id pattern is taken literally but for its stars', () => {
  const [only] = readDeviations('[{"id":"k.1-*","tag":"t","reason":"r"}]');
  expect(only?.id).toBe('k.1-*');
  const { disagreements } = runLines(
    [line('kx1-2', 1, 9, ['t'])],
    [double],
    readDeviations('[{"id":"k.1-*","tag":"t","reason":"r"}]'),
  );
  expect(disagreements[0]?.deviation).toBeUndefined();
});
