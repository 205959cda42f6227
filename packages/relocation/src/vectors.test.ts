import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answer } from '../vectors/answer.ts';

describe.each(['kimage.jsonl', 'kimage-2.jsonl'])('%s: answers of Linux 7.3.4', (file) => {
  const text = readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8').trim();
  const vectors = text.split('\n').map((line) => JSON.parse(line));
  // Where Linux reports a place near 2^64 that is no memory, ours says that there is no hole.
  const wraps = (vector: { tags?: string[] }): boolean => vector.tags?.includes('quirk-wrap') ?? false;

  test.each(vectors.filter((vector) => !wraps(vector)).map((vector) => [vector.id, vector]))('%s', (_, vector) => {
    expect(answer(vector)).toEqual(vector.output);
  });

  test.each(vectors.filter(wraps).map((vector) => [vector.id, vector]))('%s is refused on purpose', (_, vector) => {
    expect(answer(vector)).toMatchObject({ results: [{ ret: -99 }] });
  });
});
