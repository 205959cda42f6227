import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IoportError, type MapNote, parseIomem, printIomem, resourceLines } from './index.ts';
import { treeFaults } from './testing/invariants.ts';

const MAP = [
  '09000000-09000fff : pl011@9000000',
  '  09000000-09000fff : pl011@9000000 pl011@9000000',
  '40000000-bfffffff : System RAM',
  '  40200000-4226ffff : Kernel code',
  '  a0000000-a7ffffff : Crash kernel',
  '  a8000000-afffffff : System RAM',
  '    a9000000-a9000fff : ',
  '100000000-13fffffff : System RAM',
];

const read = (...lines: string[]): { lines: string[]; notes: readonly MapNote[] } => {
  const tree = parseIomem(lines.join('\n'), { lenient: true });
  expect(treeFaults(tree.root)).toEqual([]);
  return { lines: resourceLines(tree.root), notes: tree.notes ?? [] };
};

const saidOf = ({ notes }: { notes: readonly MapNote[] }): string[] => notes.map(({ message }) => message);

describe('a pasted map', () => {
  test('as the kernel writes it has nothing to note', () => {
    expect(read(...MAP, '')).toEqual({ lines: MAP, notes: [] });
  });

  test('between prompts, with blank lines', () => {
    const result = read('[root@host ~]# cat /proc/iomem', ...MAP, '', '   ', 'root@host:~# ');
    expect(result.lines).toEqual(MAP);
    expect(saidOf(result)).toEqual([
      'line 1 and 1 more, "[root@host ~]# cat /proc/iomem": passed over: not "start-end : name"',
      'line 10 and 1 more, "": passed over: nothing stands there',
    ]);
    expect(result.notes.map(({ lines }) => lines)).toEqual([
      [1, 12],
      [10, 11],
    ]);
  });

  test('that has lost its indentation is nested by its ranges', () => {
    const result = read(...MAP.map((line) => line.trimStart()));
    expect(result.lines).toEqual(MAP);
    expect(saidOf(result)).toEqual([
      expect.stringMatching(/^line 2 and 4 more, .*pl011.*the indentation was lost: each range was put inside the one/),
    ]);
  });

  test.each([
    ['numbers of lines', (line: string, at: number) => `${at + 1}:${line}`],
    ['names of files', (line: string) => `/proc/iomem:${line}`],
    ['quotes of mails', (line: string) => `> > ${line}`],
    ['time stamps', (line: string) => `[    1.234567] ${line}`],
    ['trailing blanks', (line: string) => `${line}  `],
    ['carriage returns', (line: string) => `${line}\r`],
    ['hard blanks', (line: string) => line.replaceAll(' ', '\u00a0')],
    ['tabs', (line: string) => line.replaceAll('  ', '\t')],
    ['capitals', (line: string) => line.replace(/^ *\S+/, (range) => range.toUpperCase())],
    ['0x', (line: string) => line.replace(/([0-9a-f]+)-([0-9a-f]+)/, '0x$1-0x$2')],
    ['no blanks at the end of an empty name', (line: string) => line.trimEnd()],
    ['margins', (line: string) => `    ${line}`],
  ])('with %s', (_, spell) => {
    const { lines, notes } = read(...MAP.map(spell));
    expect(lines).toEqual(MAP);
    expect(notes.map(({ what }) => what).filter((what) => what !== 'spelling')).toEqual([]);
  });

  test('with ranges out of order', () => {
    const result = read(
      '80000000-8fffffff : System RAM',
      '40000000-4fffffff : System RAM',
      '41000000-41ffffff : reserved',
    );
    expect(result.lines).toEqual([
      '40000000-4fffffff : System RAM',
      '  41000000-41ffffff : reserved',
      '80000000-8fffffff : System RAM',
    ]);
    expect(result.notes.map(({ what }) => what)).toEqual(['order', 'indentation']);
  });

  test('of System RAM lines alone says that the rest is not known', () => {
    expect(saidOf(read('40000000-4fffffff : System RAM'))).toEqual([
      'nothing is listed inside of System RAM: what is taken there is not known',
    ]);
  });
});

describe('what contradicts itself is refused all the same', () => {
  test.each([
    [['40000000-4fffffff : a', '48000000-57ffffff : b'], 'EINVAL', 2],
    [['# a', '40000000-3fffffff : a'], 'EINVAL', 2],
    [['nothing', 'of', 'the kind'], 'EINVAL', 1],
    [['00000000-00000000 : System RAM', '  00000000-00000000 : Kernel code'], 'EPERM', undefined],
  ])('%j', (lines, code, line) => {
    const attempt = (): unknown => parseIomem(lines.join('\n'), { lenient: true });
    expect(attempt).toThrow(expect.objectContaining(line === undefined ? { code } : { code, line }));
  });

  test('strictly, a pasted map is refused with the line and what to do', () => {
    const hintOf = (text: string): unknown => {
      try {
        return parseIomem(text);
      } catch (error) {
        return error instanceof IoportError ? [error.message, error.hint] : error;
      }
    };
    expect(hintOf(`${MAP.join('\n')}\n\n`)).toEqual([
      'line 9: not "start-end : name": ""',
      'the kernel writes no blank lines: take them out, or read the map leniently',
    ]);
    expect(hintOf(`$ cat /proc/iomem\n${MAP.join('\n')}\n`)).toEqual([
      'line 1: not "start-end : name": "$ cat /proc/iomem"',
      'give the text of /proc/iomem as the kernel writes it; a pasted map can be read leniently',
    ]);
  });
});

const folder = new URL('../fixtures/iomem/', import.meta.url);

describe('real maps', () => {
  test.each(readdirSync(folder))('%s is the same by its ranges as by its indentation', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    expect(printIomem(parseIomem(text, { lenient: true }))).toBe(`${text.trimEnd()}\n`.replace(/ :\n$/, ' : \n'));
    const bare = text.replaceAll(/^ +/gm, '');
    expect(printIomem(parseIomem(bare, { lenient: true }))).toBe(printIomem(parseIomem(text, { lenient: true })));
  });

  test('any text is a tree or one of our errors', () => {
    const part = fc.constantFrom(
      '40000000',
      '-',
      ' : ',
      ':',
      '\n',
      '  ',
      'a',
      '7fffffff',
      '\r',
      '0x',
      '> ',
      'ffffffffffffffff',
    );
    const text = fc.oneof(
      fc.array(part).map((parts) => parts.join('')),
      fc.array(fc.tuple(fc.nat(40), fc.nat(40))).map((pairs) => pairs.map(([a, b]) => `${a}-${b} : x`).join('\n')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          expect(treeFaults(parseIomem(input, { lenient: true }).root)).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(IoportError);
        }
      }),
      { seed: 20190708, numRuns: 500 },
    );
  });

  test('a long line without end is read in linear time', () => {
    expect(() => parseIomem('4'.repeat(1_000_000), { lenient: true })).toThrow(IoportError);
    expect(() => parseIomem('> '.repeat(500_000), { lenient: true })).toThrow(IoportError);
    expect(() => parseIomem(`[${'1 '.repeat(500_000)}`, { lenient: true })).toThrow(IoportError);
    expect(() => parseIomem(`1-2 :${' '.repeat(1_000_000)}x`, { lenient: true })).not.toThrow();
  });
});
