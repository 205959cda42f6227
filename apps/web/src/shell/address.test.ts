import { createRoot } from 'solid-js';
import { afterEach, expect, test, vi } from 'vitest';
import { createAddress, fragmentOf, placeOf, routeAt } from './address.ts';

test.each([
  ['', '/', []],
  ['#', '/', []],
  ['#/', '/', []],
  ['#/strategies', '/strategies', []],
  [
    '#/tables?va=0x1000&seed=7',
    '/tables',
    [
      ['va', '0x1000'],
      ['seed', '7'],
    ],
  ],
  // A browser's own links write it so, and people too.
  ['#/?cmdline=a?b', '/', [['cmdline', 'a?b']]],
])('the fragment "%s" is the path %s', (fragment, path, params) => {
  const place = placeOf(fragment);
  expect(place.path).toBe(path);
  expect([...place.params]).toEqual(params);
});

test('what is written is read again', () => {
  const params = new Map([
    ['cmdline', 'console=ttyS0 a=b&c #?'],
    ['seed', '-1'],
  ]);
  expect(placeOf(fragmentOf({ path: '/map', params }))).toEqual({ path: '/map', params });
  expect(fragmentOf({ path: '/map', params: new Map() })).toBe('#/map');
});

test('what no address can hold is left out', () => {
  const params = new Map([
    ['cmdline', 'a'.repeat(3_000_000)],
    ['seed', '7'],
  ]);
  expect(fragmentOf({ path: '/', params })).toBe('#/?seed=7');
});

test('a path leads to its route, and a path that nobody has to the first one', () => {
  const routes: [{ path: string }, { path: string }] = [{ path: '/' }, { path: '/b' }];
  expect(routeAt(routes, '/b')).toBe(routes[1]);
  expect(routeAt(routes, '/nowhere')).toBe(routes[0]);
});

afterEach(() => void vi.unstubAllGlobals());

/** A browser's address and history. */
function stubPage(replaceState: (fragment: string) => void): void {
  vi.stubGlobal('history', { replaceState: (_: unknown, __: string, fragment: string) => replaceState(fragment) });
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('removeEventListener', () => {});
}

function stubLocation() {
  const place = {
    hash: '#/tables?va=0x1000',
    get href() {
      return `http://lab/${this.hash}`;
    },
  };
  vi.stubGlobal('location', place);
  return place;
}

test('a link that is taken has what was typed right before', () => {
  const place = stubLocation();
  stubPage((fragment) => {
    place.hash = fragment;
  });
  createRoot((dispose) => {
    const { setParams, link } = createAddress();
    setParams(new Map([['va', '0x2000']]));
    expect(link()).toBe('http://lab/#/tables?va=0x2000');
    dispose();
  });
});

test('a browser that refuses another address for a while has it later, and a link at once', () => {
  vi.useFakeTimers();
  const place = stubLocation();
  let isRefusing = true;
  stubPage((fragment) => {
    if (isRefusing) throw new DOMException('too many', 'SecurityError');
    place.hash = fragment;
  });
  createRoot((dispose) => {
    const { setParams, link } = createAddress();
    setParams(new Map([['va', '0x2000']]));
    expect(link()).toBe('http://lab/#/tables?va=0x2000');
    expect(place.hash).toBe('#/tables?va=0x1000');
    isRefusing = false;
    vi.runAllTimers();
    expect(place.hash).toBe('#/tables?va=0x2000');
    dispose();
  });
  vi.useRealTimers();
});
