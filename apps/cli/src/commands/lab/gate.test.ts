import { expect, test } from 'vitest';
import { admit, type Knock } from './gate.ts';

const gate = { port: 8080, token: 'abc' };
const host = '127.0.0.1:8080';
const knock = (url: string, headers: Knock['headers'] = {}, method = 'GET'): Knock => ({
  method,
  url,
  headers: { host, ...headers },
});

test.each<[string, Knock, string | number]>([
  ['the page', knock('/abc/'), ''],
  ['a file', knock('/abc/assets/a.js?x=1'), 'assets/a.js'],
  ['by its other name', knock('/abc/', { host: 'localhost:8080' }), ''],
  ['of its own page', knock('/abc/x', { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }), 'x'],
  ['by a link from elsewhere', knock('/abc/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }), ''],
  ['without a token', knock('/'), 404],
  ['with another token', knock('/abd/'), 404],
  ['with a part of the token', knock('/ab/'), 404],
  ['the token alone', knock('/abc'), 404],
  ['an address of a proxy', knock('http://127.0.0.1:8080/abc/'), 404],
  ['a name bound anew', knock('/abc/', { host: 'evil.example:8080' }), 421],
  ['no name', knock('/abc/', { host: undefined }), 421],
  ['another port', knock('/abc/', { host: '127.0.0.1:80' }), 421],
  ['a foreign origin', knock('/abc/', { origin: 'http://evil.example' }), 403],
  ['the origin of a file', knock('/abc/', { origin: 'null' }), 403],
  ['a foreign script', knock('/abc/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }), 403],
  ['something sent', knock('/abc/', {}, 'POST'), 405],
  ['a body', knock('/abc/', { 'content-length': '5' }), 413],
  ['a body of no known length', knock('/abc/', { 'transfer-encoding': 'chunked' }), 413],
])('%s', (_, asked, answer) => {
  expect(admit(asked, gate)).toBe(answer);
});
