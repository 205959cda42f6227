import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { linkParams } from '../desk/link.ts';
import { firstSubject } from '../desk/subject.ts';
import { paramNames } from './params.ts';

test('no two pages keep different things under one name, nor does a page under that of a wish', () => {
  const names = [...linkParams(firstSubject).keys(), ...paramNames];
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test('no page keeps what is not listed', () => {
  for (const file of readdirSync(import.meta.dirname).filter((name) => !/^params|\.test\.|^address/.test(name)))
    expect([
      file,
      readFileSync(`${import.meta.dirname}/${file}`, 'utf8').match(/\b(?:param|new Map)\(\[*['"`]/),
    ]).toEqual([file, null]);
});
