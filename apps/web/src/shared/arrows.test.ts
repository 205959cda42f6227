import { expect, test } from 'vitest';
import { arrowTarget } from './arrows.ts';

test.each([
  ['ArrowRight', 0, 1],
  ['ArrowDown', 2, 0],
  ['ArrowLeft', 0, 2],
  ['ArrowUp', 2, 1],
  ['Home', 2, 0],
  ['End', 0, 2],
  ['Enter', 1, undefined],
])('%s leads from item %d of three to %s', (key, from, to) => {
  expect(arrowTarget(key, from, 3)).toBe(to);
});
