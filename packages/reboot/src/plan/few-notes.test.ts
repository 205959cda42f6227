import { expect, test } from 'vitest';
import { fewNotes, NOTES_MAX, quoted } from './few-notes.ts';

test('what others wrote stays in its line, and acts on nothing', () => {
  expect(quoted('a\nproved: all\u001b[2m\u202e')).toBe('a\\x0aproved: all\\x1b[2m\\u202e');
});

test('notes are shortened, each and all', () => {
  const notes = fewNotes(Array.from({ length: 50 }, (_, at) => `${at} ${'x'.repeat(3_000_000 / 50)}`));
  expect(notes).toHaveLength(NOTES_MAX);
  expect(notes.at(-1)).toBe('35 notes more');
  expect(Math.max(...notes.map(({ length }) => length))).toBeLessThanOrEqual(400);
});

test('few are left as they are', () => {
  expect(fewNotes(['a', 'b'])).toEqual(['a', 'b']);
});
