import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answerBoot, expectedOf } from '../vectors/boots.ts';
import { requestOf } from './testing/boot-request.ts';

const fixtures = new URL('../fixtures/', import.meta.url);

/** Every record of boots that is there. */
const files = readdirSync(fixtures).filter((name) => /-boots(-\d+)?\.jsonl$/.test(name));

describe.each(files)('%s', (file) => {
  const boots = readFileSync(new URL(file, fixtures), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  test.each(boots.map((boot) => [boot.name, boot]))('%s: lands where the kernel put it', (_, boot) => {
    expect(answerBoot(boot, requestOf)).toEqual(expectedOf(boot));
  });
});

test('there are records of four kernels', () => {
  const versions = files.map((name) => /\d+\.\d+/.exec(name)?.[0]);
  expect(new Set(versions)).toEqual(new Set(['5.10', '6.1', '6.12', '7.3']));
});
