import { expect, test } from 'vitest';
import { admit, type Knock } from './gate.ts';
import type { Place, Route } from './route.ts';

/** A route that tells where it stands. */
const route = (name: string, more: Partial<Route> = {}): Route & { name: string } => ({
  name,
  answer: async () => {},
  ...more,
});

const files: Readonly<Record<string, Place>> = {
  '': { GET: route('page') },
  'assets/a.js': { GET: route('script') },
};
const places: Readonly<Record<string, Place>> = {
  '': { GET: route('page') },
  x: { GET: route('x') },
  runs: { POST: route('start', { bodyBytes: 10 }) },
  'runs/1': { DELETE: route('end') },
};

const gate = {
  port: 8080,
  token: 'abc',
  fileOf: (path: string) => files[path],
  placeOf: (path: string) => places[path],
};
const host = '127.0.0.1:8080';
const knock = (
  url: string,
  headers: Knock['headers'] = {},
  method = 'GET',
  distinct: Knock['headersDistinct'] = {},
): Knock => ({
  method,
  url,
  headers: { host, ...headers },
  headersDistinct: distinct,
});

const own = { origin: `http://${host}` };

test.each<[string, Knock, string | number]>([
  ['the page', knock('/abc/'), 'page'],
  ['its head', knock('/abc/', {}, 'HEAD'), 'page'],
  ['a file', knock('/assets/a.js?x=1'), 'script'],
  ['the page without the token', knock('/'), 'page'],
  ['the same by another name', knock('/', { host: 'evil.example:8080' }), 421],
  ['the same for a foreign script', knock('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }), 403],
  ['a file with the token', knock('/abc/assets/a.js'), 404],
  ['by its other name', knock('/abc/', { host: 'localhost:8080' }), 'page'],
  ['of its own page', knock('/abc/x', { ...own, 'sec-fetch-site': 'same-origin' }), 'x'],
  [
    'by a link from elsewhere',
    knock('/abc/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }),
    'page',
  ],
  ['without a token', knock('/x'), 404],
  ['with an empty token', knock('//x'), 404],
  ['with another token', knock('/abd/x'), 404],
  ['with a part of the token', knock('/ab/x'), 404],
  ['the token alone', knock('/abc'), 404],
  ['an address of a proxy', knock('http://127.0.0.1:8080/abc/'), 404],
  ['a path that is none', knock('/abc/y'), 404],
  ['a path that leads up', knock('/abc/../x'), 404],
  ['a name bound anew', knock('/abc/', { host: 'evil.example:8080' }), 421],
  ['no name', knock('/abc/', { host: undefined }), 421],
  ['another port', knock('/abc/', { host: '127.0.0.1:80' }), 421],
  ['two names', knock('/abc/', {}, 'GET', { host: [host, 'evil.example:8080'] }), 400],
  ['the same name twice', knock('/abc/', {}, 'GET', { host: [host, host] }), 400],
  ['two origins', knock('/abc/', own, 'GET', { origin: [own.origin, 'http://evil.example'] }), 400],
  ['two of what says nothing here', knock('/abc/', {}, 'GET', { host: [host], accept: ['a', 'b'] }), 'page'],
  ['a foreign origin', knock('/abc/', { origin: 'http://evil.example' }), 403],
  ['the origin of a file', knock('/abc/', { origin: 'null' }), 403],
  ['a foreign script', knock('/abc/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }), 403],
  ['something sent', knock('/abc/', own, 'POST'), 405],
  ['a question about another origin', knock('/abc/runs', own, 'OPTIONS'), 405],
  ['a body', knock('/abc/', { 'content-length': '5' }), 413],
  ['a body of no known length', knock('/abc/', { 'transfer-encoding': 'chunked' }), 413],
  ['what starts something', knock('/abc/runs', { ...own, 'content-length': '10' }, 'POST'), 'start'],
  ['the same without an origin', knock('/abc/runs', { 'content-length': '10' }, 'POST'), 403],
  [
    'the same of another port',
    knock('/abc/runs', { origin: 'http://127.0.0.1:80', 'content-length': '1' }, 'POST'),
    403,
  ],
  ['the same by a form elsewhere', knock('/abc/runs', { origin: 'http://evil.example' }, 'POST'), 403],
  ['the same without a token', knock('/runs', { ...own, 'content-length': '10' }, 'POST'), 404],
  ['the same, read', knock('/abc/runs'), 405],
  ['too large', knock('/abc/runs', { ...own, 'content-length': '11' }, 'POST'), 413],
  ['of no known length', knock('/abc/runs', { ...own, 'transfer-encoding': 'chunked' }, 'POST'), 411],
  ['of no length', knock('/abc/runs', own, 'POST'), 411],
  ['what ends something', knock('/abc/runs/1', own, 'DELETE'), 'end'],
  ['the same without an origin', knock('/abc/runs/1', {}, 'DELETE'), 403],
])('%s', (_, asked, answer) => {
  const admission = admit(asked, gate);
  expect('status' in admission ? admission.status : Reflect.get(admission.route, 'name')).toBe(answer);
});
