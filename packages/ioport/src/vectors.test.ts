import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answer } from '../vectors/answer.ts';

describe.each(['resource.jsonl', 'resource-2.jsonl'])('%s: answers of Linux 7.3.4', (file) => {
  const text = readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8');
  const vectors = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  test.each(vectors.map((vector) => [vector.id, vector]))('%s', (_, vector) => {
    expect(answer(vector)).toEqual(vector.output);
  });
});
