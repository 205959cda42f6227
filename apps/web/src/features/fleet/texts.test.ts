import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexOfText, nextWith, packTexts, textAt } from './texts.ts';

test('texts come out as they went in, and are found', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 5 })), (list) => {
      const texts = packTexts(list);
      expect(list.map((_, at) => textAt(texts, at))).toEqual(list);
      expect(textAt(texts, list.length)).toBe('');
      for (const each of list) expect(indexOfText(texts, each)).toBe(list.indexOf(each));
      expect(indexOfText(texts, 'longer than any')).toBeUndefined();
    }),
    { seed: 3 },
  );
});

test('a part of a text leads to the next one, round the end', () => {
  const texts = packTexts(['web-1', 'db-1', 'WEB-2']);
  expect([-1, 0, 1, 2].map((from) => nextWith(texts, 'web', from))).toEqual([0, 2, 2, 0]);
  expect(nextWith(texts, 'x', 0)).toBeUndefined();
  // Two names are not one: their ends do not make a third.
  expect(nextWith(texts, '1db', 0)).toBeUndefined();
});
