import { expect, test } from 'vitest';
import { pathOf, routeAt } from './router.ts';

test.each([
  ['', '/'],
  ['#', '/'],
  ['#/', '/'],
  ['#/strategies', '/strategies'],
])('the fragment "%s" is the path %s', (fragment, path) => {
  expect(pathOf(fragment)).toBe(path);
});

test('a path leads to its route, and a path that nobody has to the first one', () => {
  const routes: [{ path: string }, { path: string }] = [{ path: '/' }, { path: '/b' }];
  expect(routeAt(routes, '/b')).toBe(routes[1]);
  expect(routeAt(routes, '/nowhere')).toBe(routes[0]);
});
