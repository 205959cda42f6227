import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answer } from '../vectors/answer.ts';

const lines = readFileSync(new URL('../fixtures/resource.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');

describe('resource.jsonl: answers of Linux 7.3.4', () => {
  test.each(lines.map((line) => JSON.parse(line)).map((vector) => [vector.id, vector]))('%s', (_, vector) => {
    expect(answer(vector)).toEqual(vector.output);
  });
});
