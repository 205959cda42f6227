import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlainText } from './plain-text.ts';

const plain = (...pieces: string[]): string => {
  const text = new PlainText();
  return pieces.map((piece) => text.push(piece)).join('');
};

/** Sequences that a terminal does not show (ECMA-48), and what consoles send of them. */
const sequences = [
  ...['\x1b[0m', '\x1b[1;31m', '\x1b[2J', '\x1b[?25l', '\x1b[ q', '\x1b[38;2;1;2;3m', '\x9b1m'],
  ...[
    '\x1b]0;a title\x07',
    '\x1b]8;;http://a/\x1b\\',
    '\x9d0;a title\x9c',
    '\x1bPq#0\x1b\\',
    '\x1b_G\x1b\\',
    '\x1b^x\x1b\\',
    '\x1bXx\x1b\\',
  ],
  ...['\x1b(B', '\x1b7', '\x1b8', '\x1bc', '\x1b=', '\x1b#8', '\x1b%G', '\x1b\x1b[m'],
  ...['\x07', '\x00', '\x7f', '\x08', '\x0e'],
];

test.each(sequences.map((sequence) => [JSON.stringify(sequence), sequence]))('%s is not read', (_, sequence) => {
  expect(plain(`lo${sequence}gin:`)).toBe('login:');
});

test('a sequence is not read however it is cut', () => {
  for (const sequence of sequences) expect(plain(...`lo${sequence}gin: `.split(''))).toBe('login: ');
});

test('tabs, ends of lines and letters of every alphabet are', () => {
  const text = 'a\tb\r\nü 漢 😀\n';
  expect(plain(text)).toBe(text);
});

test('a sequence that never ends hides nothing beyond its line, or its length', () => {
  expect(plain('\x1b]0;a title\nlogin:')).toBe('0;a title\nlogin:');
  expect(plain(`\x1b]${'x'.repeat(300)}login:`)).toBe(`${'x'.repeat(300)}login:`);
  expect(plain('\x1b[1;\nlogin:')).toBe('1;\nlogin:');
  expect(plain('\x1b[1;ülogin:')).toBe('1;ülogin:');
  expect(plain('\x1b\nlogin:')).toBe('\nlogin:');
  expect(plain(`\x1b[${'1'.repeat(300)}`)).toHaveLength(300);
});

test('where it is cut makes no difference', () => {
  const piece = fc.oneof(fc.constantFrom(...sequences, '\x1b', '[', ']', '\n', 'm', '\\', '\x1b]'), fc.string());
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(5)), (pieces, cuts) => {
      const text = pieces.join('');
      const cut: string[] = [];
      let at = 0;
      for (const length of cuts) {
        cut.push(text.slice(at, at + length));
        at += length;
      }
      expect(plain(...cut, text.slice(at))).toBe(plain(text));
    }),
    { seed: 1 },
  );
});
