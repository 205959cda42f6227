import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answer } from '../vectors/answer.ts';

describe.each(['cmdline', 'cmdline-2', 'crashkernel'])('%s.jsonl: answers of Linux 7.3.4', (file) => {
  const text = readFileSync(new URL(`../fixtures/${file}.jsonl`, import.meta.url), 'utf8').trim();
  const vectors = text.split('\n').map((line) => JSON.parse(line));

  test.each(vectors.map((vector) => [vector.id, vector]))('%s', (_, vector) => {
    expect(answer(vector)).toEqual(vector.output);
  });

  const older = vectors.filter(({ alt }) => alt?.['7.1.13'] && !alt['7.1.13'].undefined);
  test.each(older.map((vector) => [vector.id, vector]))('%s as Linux 7.1.13 answers it', (_, vector) => {
    expect(answer(vector, '7.1')).toEqual(vector.alt['7.1.13']);
  });
});
