import { expect, test } from 'vitest';
import { base64Length, fromBase64, toBase64 } from './base64.ts';

test('bytes of any length come back, and take as many characters as is said', () => {
  for (let length = 0; length < 100; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 151 + length) & 0xff);
    const text = toBase64(bytes);
    expect(text.length).toBe(base64Length(length));
    expect(fromBase64(text)).toEqual(bytes);
  }
});

test.each(['A', 'AAA', 'A===', '====', 'AA=A', 'AB==', 'AAB=', 'AA==AAAA', 'AAA\u0100', 'AA A', 'AA-_', 'AAA\0'])(
  '%o is not base64',
  (text) => {
    expect(fromBase64(text)).toBeUndefined();
  },
);
