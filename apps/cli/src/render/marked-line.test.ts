import { toByteString } from '@kexeckit/cmdline';
import { expect, test } from 'vitest';
import { type Mark, markedLine } from './marked-line.ts';
import { plainPage } from './page.ts';

const mark = (start: number, end: number, label: string): Mark => ({ start, end, label, paint: (text) => text });
const shown = (line: string, marks: Mark[], width = 40): string[] =>
  markedLine(toByteString(line), marks, { ...plainPage, pictureWidth: width }).split('\n');

test('a marker stands below its part, with its label behind it', () => {
  expect(shown('ro quiet', [mark(3, 8, '1')])).toEqual(['  ro quiet', '     ^^^^^ 1']);
});

test('what overlaps, or touches with its label, comes on lines of its own', () => {
  expect(shown('abcdefgh', [mark(0, 4, '1'), mark(2, 6, '2'), mark(7, 8, '3')])).toEqual([
    '  abcdefgh',
    '  ^^^^ 1 ^ 3',
    '    ^^^^ 2',
  ]);
});

test('a place between two characters has one sign, also at the end', () => {
  expect(shown('ab', [mark(1, 1, '1'), mark(2, 2, '2')])).toEqual(['  ab', '   ^ 1', '    ^ 2']);
});

test('a folded line has its markers below each part', () => {
  expect(shown('aaaa bbbb cccc', [mark(2, 12, '1')], 12)).toEqual(['  aaaa bbbb', '  1 ^^^^^^^^', '  cccc', '  ^^ 1']);
});

test('a word that is too long is broken, and no line is wider than the page', () => {
  const lines = shown('x'.repeat(25), [mark(0, 25, '7')], 12);
  expect(lines.filter((line) => line.includes('x'))).toEqual(['  xxxxxxxxxx', '  xxxxxxxxxx', '  xxxxx']);
  expect(lines.filter((line) => line.includes('7'))).toEqual(['  ^^^^^^^^ 7', '  ^^^^^^^^ 7', '  ^^^^^ 7']);
  expect(lines.filter((line) => line.length > 12)).toEqual([]);
});

test('letters of several bytes, and of two columns, are one place', () => {
  expect(shown('é宽 b', [mark(6, 7, '1')])).toEqual(['  é宽 b', '      ^ 1']);
});

test('controls are shown, and move what stands behind them', () => {
  expect(shown('a\tb\u001b', [mark(2, 3, '1')])).toEqual(['  a\\x09b\\x1b', '       ^ 1']);
});
