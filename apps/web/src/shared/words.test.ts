import { expect, test } from 'vitest';
import { LabError } from './error.ts';
import { wordsOf } from './words.ts';

test('an error of a package says its code and its hint', () => {
  expect(wordsOf(new LabError('EIO', 'gone', 'come again'))).toEqual({
    code: 'EIO',
    message: 'gone',
    hint: 'come again',
  });
  expect(wordsOf('x')).toEqual({ code: 'EIO', message: 'x', hint: '' });
});

test.each([
  'Failed to fetch dynamically imported module: http://127.0.0.1:80/secret/assets/MapPage.js',
  'error loading dynamically imported module: http://127.0.0.1:80/secret/assets/MapPage.js',
  'Importing a module script failed.',
  'Unable to preload CSS for /secret/assets/MapPage.css',
])('a part that does not load is told without its address: %s', (message) => {
  const words = wordsOf(new TypeError(message));
  expect(words).toMatchObject({ code: 'EIO', message: 'a part of the lab did not load' });
  expect(JSON.stringify(words)).not.toContain('secret');
});
