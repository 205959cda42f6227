import { describe, expect, test } from 'vitest';
import { printable } from './printable.ts';

describe('a text that others wrote', () => {
  test.each([
    ['plain text, tabs\tand\nlines', 'plain text, tabs\tand\nlines'],
    ['\u001b[31mred\u001b[39m', '\u001b[31mred\u001b[39m'],
    ['\r\u001b[Kstatus', '\r\u001b[Kstatus'],
    ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
    ['\u001b[2Jgone', '\\x1b[2Jgone'],
    ['one\rtwo', 'one\\x0dtwo'],
    ['\u009b31m', '\\x9b31m'],
    ['gnp.\u202egpj', 'gnp.\\u202egpj'],
    ['a\u0000b\u007f', 'a\\x00b\\x7f'],
    ['ä │ − 字', 'ä │ − 字'],
  ])('%j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });
});
