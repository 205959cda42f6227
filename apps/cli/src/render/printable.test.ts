import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { inLine, printable, printableJson, WIPED } from './printable.ts';

describe('a text that others wrote', () => {
  test.each([
    ['plain text, tabs\tand\nlines', 'plain text, tabs\tand\nlines'],
    ['\u001b[31mred\u001b[39m', '\u001b[31mred\u001b[39m'],
    ['\u001b[0;1;32mOK\u001b[m', '\u001b[0;1;32mOK\u001b[m'],
    ['\r\u001b[K', '\r\u001b[K'],
    ['line\r\u001b[Kother', 'line\\x0d\\x1b[Kother'],
    ['\r\u001b[Kother', '\\x0d\\x1b[Kother'],
    ['\u001b[8mhidden', '\\x1b[8mhidden'],
    ['\u001b[1;8mhidden', '\\x1b[1;8mhidden'],
    ['\u001b[122mnone', '\\x1b[122mnone'],
    ['\u001b[30mblack', '\\x1b[30mblack'],
    ['\u001b[38;5;0mblack', '\\x1b[38;5;0mblack'],
    ['\u001b[41mfilled', '\\x1b[41mfilled'],
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

  test('is one line, without colours, in a line of ours', () => {
    expect(inLine('denied\n\n  \u001b[32mok\u001b[0m\r\u001b[K\t\u2028\u202e')).toBe(
      'denied\\x0a\\x0a  \\x1b[32mok\\x1b[0m\\x0d\\x1b[K\\x09\\u2028\\u202e',
    );
    expect(inLine('ä │ − 字')).toBe('ä │ − 字');
  });

  test('is the same in JSON, and JSON stays JSON', () => {
    const text = '\u007f\u009b31m\u202e\u2028\n\u001b[8m"ä';
    const json = printableJson(JSON.stringify({ text }, undefined, 2));
    expect(printable(json)).toBe(json);
    expect(JSON.parse(json)).toEqual({ text });
  });
});

test('what this program writes with is left as it is', () => {
  const { bold, dim, green, red, yellow } = pc.createColors(true);
  for (const text of [bold(`a${red('b')}c`), dim(green('d')), yellow(bold(dim('e'))), WIPED])
    expect(printable(text)).toBe(text);
});
