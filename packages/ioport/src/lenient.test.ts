import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IoportError, type MapNote, parseIomem, printIomem, resourceLines } from './index.ts';
import { treeFaults } from './testing/invariants.ts';

const MAP = [
  '09000000-09000fff : pl011@9000000',
  '  09000000-09000fff : pl011@9000000 pl011@9000000',
  '40000000-bfffffff : System RAM',
  '  40200000-4224ffff : Kernel code',
  '  42250000-4226ffff : reserved',
  '  42270000-4236ffff : Kernel data',
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
      'line 12 and 1 more, "": passed over: nothing stands there',
    ]);
    expect(result.notes.map(({ lines }) => lines)).toEqual([
      [1, 14],
      [12, 13],
    ]);
  });

  test('that has lost its indentation is nested by its ranges', () => {
    const result = read(...MAP.map((line) => line.trimStart()));
    expect(result.lines).toEqual(MAP);
    expect(saidOf(result)).toEqual([
      expect.stringMatching(/^line 2 and 6 more, .*pl011.*the indentation was lost: each range was put inside the one/),
    ]);
  });

  test.each([
    ['numbers of lines', (line: string, at: number) => `${at + 1}:${line}`],
    ['numbers by cat -n', (line: string, at: number) => `${`${at + 1}`.padStart(6)}\t${line}`],
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
    ['colours', (line: string) => line.replace(/System RAM|reserved/, '\u001b[01;31m$&\u001b[m\u001b[K')],
    ['quotation marks', (line: string) => `"${line}",`],
    ['marks for the end of a line', (line: string) => `${line}<br>`],
    ['escaped ends of lines', (line: string) => `${line}\\n`],
    ['other blanks', (line: string) => line.replaceAll(' ', '\u3000')],
    ['blanks of no width', (line: string) => `\u200b${line}`],
    ['other dashes', (line: string) => line.replace('-', '\u2013')],
    [
      'names in capitals',
      (line: string) => line.replace(/System RAM|Kernel code|Crash kernel/, (name) => name.toUpperCase()),
    ],
    ['names of other blanks', (line: string) => line.replace('System RAM', 'System  RAM')],
    ['all digits', (line: string) => line.replaceAll(/\b[0-9a-f]{8,9}(?=[- ])/g, (digits) => digits.padStart(16, '0'))],
  ])('with %s', (_, spell) => {
    const { lines, notes } = read(...MAP.map(spell));
    expect(lines).toEqual(MAP);
    expect(notes.map(({ what }) => what).filter((what) => what !== 'spelling')).toEqual([]);
  });

  test('says so where it is not as the kernel writes it', () => {
    const [first = ''] = MAP;
    for (const bent of [
      `${first} `,
      first.replace('0900', '0x0900'),
      first.replace('09000000', '0000000009000000'),
      `"${first}"`,
    ])
      expect(read(bent, ...MAP.slice(1)).notes, bent).toMatchObject([{ what: 'spelling', lines: [1] }]);
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
    expect(result.notes.map(({ what }) => what)).toEqual(['order', 'indentation', 'excerpt']);
  });

  const NESTED = [
    '40000000-5fffffff : System RAM',
    '  40000000-5fffffff : reserved',
    '    40000000-5fffffff : held',
    '80000000-8fffffff : System RAM',
    '  80000000-8fffffff : Kernel code',
  ];

  test.each([
    ['twice', (lines: string[]) => [...lines, ...lines]],
    ['three times', (lines: string[]) => [...lines, ...lines, ...lines]],
    ['twice, with a prompt between', (lines: string[]) => [...lines, 'root@host:~# cat /proc/iomem', ...lines]],
    ['in two pieces that overlap', (lines: string[]) => [...lines.slice(0, 5), ...lines.slice(2)]],
  ])('%s is the same map', (_, paste) => {
    for (const map of [MAP, NESTED]) {
      const { lines, notes } = read(...paste(map));
      expect(lines).toEqual(map);
      expect(notes.map(({ what }) => what)).toContain('again');
    }
  });

  test('with ranges of the same extent out of order is nested by its indentation', () => {
    for (let at = 0; at + 1 < NESTED.length; at++) {
      const [a = '', b = ''] = NESTED.slice(at);
      expect(read(...NESTED.toSpliced(at, 2, b, a)).lines, `${b} ${a}`).toEqual(NESTED);
    }
    expect(read(...NESTED.toReversed()).lines).toEqual(NESTED);
    expect(read(...NESTED.map((_, at) => NESTED[(at * 2) % 5] ?? '')).lines).toEqual(NESTED);
  });

  test('with the addresses of an unprivileged copy beside it', () => {
    const hidden = MAP.map((line) => line.replace(/[0-9a-f]+-[0-9a-f]+/, '00000000-00000000'));
    for (const lines of [
      [...hidden, ...MAP],
      [...MAP, ...hidden],
    ]) {
      const result = read(...lines);
      expect(result.lines).toEqual(MAP);
      expect(result.notes).toMatchObject([{ what: 'hidden' }]);
    }
  });

  test.each([
    ['of System RAM lines alone', ['40000000-4fffffff : System RAM']],
    ['by grep', ['40000000-bfffffff : System RAM', '  b0000000-bfffffff : Crash kernel']],
    ['that ends too soon', MAP.slice(0, 4)],
  ])('%s says that the rest is not known', (_, lines) => {
    expect(saidOf(read(...lines))).toEqual([
      'the running kernel is not listed, so lines are missing: what is taken in System RAM is not known',
    ]);
  });

  test('by which nothing is RAM says so', () => {
    expect(saidOf(read(...MAP.slice(0, 2)))).toEqual([
      'no System RAM is listed, so lines are missing: nothing can be placed by this map',
    ]);
  });

  test('without what is reserved in System RAM says so, but for kernels that list none of it', () => {
    const lines = MAP.filter((line) => !line.endsWith('reserved'));
    const said = [expect.stringMatching(/^nothing in System RAM is listed as reserved, .* lines are missing/)];
    expect(saidOf(read(...lines))).toEqual(said);
    expect(saidOf(read('08000000-08ffffff : reserved', ...lines))).toEqual(said);
    expect(saidOf(read(...lines.map((line) => line.replace('40200000', '40080000'))))).toEqual([]);
  });

  test('of two machines is said to be', () => {
    const other = MAP.slice(2, 6).map((line) => line.replaceAll(/\b(?=[4b])/g, '2'));
    expect(saidOf(read(...MAP, ...other))).toEqual([
      'more than one running kernel is listed: is it the map of one machine, at one time?',
    ]);
  });

  const hex = (value: number): string => value.toString(16).padStart(8, '0');
  const same = (of: number): string[] => Array.from({ length: of }, (_, at) => `10000000-1fffffff : n${at}`);

  test.each([
    ['one range with many names', (of: number) => ['20000000-2fffffff : b', ...same(of)]],
    [
      'two ranges with many names',
      (of: number) => same(of).flatMap((line) => [line, line.replace('1', '2').replace('-1', '-2')]),
    ],
    [
      'outer ranges behind what they hold',
      (of: number) => [
        ...Array.from({ length: of }, (_, at) => `${hex(0x1000 * (at + 1))}-${hex(0x1000 * (at + 2) - 1)} : d`),
        ...Array.from({ length: of }, (_, at) => `00001000-${hex(0xffff_fffe - at)} : R${at}`).toReversed(),
      ],
    ],
  ])('of %s is read in the time of sorting', (_, linesOf) => {
    // Ten times as many lines as any map has: for each of them a walk through those before it would not end.
    for (const of of [3, 30_000]) {
      const lines = linesOf(of);
      const { root, notes } = parseIomem(lines.join('\n'), { lenient: true });
      expect(treeFaults(root)).toEqual([]);
      expect(notes?.find(({ what }) => what === 'again')).toBeUndefined();
      expect(resourceLines(root)).toHaveLength(lines.length);
    }
  });
});

describe('a line that was a range', () => {
  const cutAt = (line: string, at: number): unknown[] => {
    const lines = MAP.with(MAP.indexOf(line), line.slice(at));
    try {
      return resourceLines(parseIomem(lines.join('\n'), { lenient: true }).root);
    } catch (error) {
      return error instanceof IoportError ? [error.code, error.line] : [error];
    }
  };

  test.each(MAP)('%j is refused where its first characters are lost', (line) => {
    const indent = line.length - line.trimStart().length;
    // All digits of the start are lost one by one, the dash, all but the last of the end, and the blank.
    for (let at = indent + 1; at <= line.indexOf(':'); at++)
      expect(cutAt(line, at), line.slice(at)).toEqual(['EINVAL', MAP.indexOf(line) + 1]);
  });

  test('is refused where something unknown stands in front of it, or it ends too soon', () => {
    for (const line of [
      '0-7fffffff : System RAM',
      '080000000-0bfffffff : System RAM',
      'node1: 40000000-7fffffff : System RAM',
      '+40000000-7fffffff : System RAM',
      '80000000-8fffffff : a  90000000-9fffffff : reserved',
      '80000000-8fffffff : System RAM\\n  81000000-81ffffff : reserved',
      '40000000-7fffffff',
      '40000000-7fff',
      '40000000-',
      '  4000',
      '4',
      '180000000-1bfffffff : System R',
      '00000000-13fffffff : System RAM',
    ])
      expect(() => parseIomem(`${MAP.join('\n')}\n${line}\n`, { lenient: true }), line).toThrow(
        expect.objectContaining({
          code: 'EINVAL',
          line: MAP.length + 1,
          hint: expect.stringMatching(/this line again/),
        }),
      );
  });

  test('is not any line of a terminal, nor one of the ports', () => {
    for (const line of [
      'cafe-01:~ # cat /proc/iomem',
      'bad: command not found',
      '0000-001f : dma1',
      '$',
      '-- ',
      'root@3f2a1b4c5d6e:/# grep -n "System RAM\\|Kernel code" /proc/iomem',
      'Linux host 6.1.0-28-arm64 #1 SMP Debian 6.1.119-1 (2024-11-22) aarch64 GNU/Linux',
      'Connecting to host...',
      'Last login: Sat Nov 28 22:30:58 2026 from 10.0.0.12',
      'the effaced facade of a decade',
      '2026-11-28T22:22:22.123456 host kernel: up',
      'Here is the memory map of my board:',
      'Machine: Raspberry Pi 4',
      'I do not know where the crash kernel goes in this.',
      'crashkernel=256M does not work',
      'All rights reserved.',
      '2019-2024 by the Foo project',
      '```',
      '---',
      '~',
      '<pre>',
      '[/code]',
      '(END)',
    ])
      expect(read(line, ...MAP, line, 'root@host:~# ').lines, line).toEqual(MAP);
  });

  test('is not what a terminal shows between two copies', () => {
    for (const line of [
      'root@host:~# ',
      '[root@host ~]# cat /proc/iomem',
      'pi@raspberrypi:~ $ sudo cat /proc/iomem',
      '# cat /proc/iomem',
      '/ # cat /proc/iomem',
      'sh-5.2$',
      'root@pod-7d4b9c6f5:/# cat /proc/iomem',
      'root@host:~# grep "System RAM\\|reserved" /proc/iomem',
      '# dmesg | grep reserved | head -20',
      '\u276f sudo cat /proc/iomem',
      '(initramfs) cat /proc/iomem # ',
      '[sudo] password for pi: ',
      'cat: /proc/iomem: Permission denied',
      '[  123.456789] random: crng init done',
      'Nov 28 21:00:00 host kernel: usb 1-1: new device',
      'logout',
    ])
      expect(read(...MAP, line, ...MAP).lines, line).toEqual(MAP);
  });

  const between = (line: string) => (): unknown =>
    parseIomem(['40000000-7fffffff : System RAM', line, '  41a00000-41cfffff : Kernel data'].join('\n'), {
      lenient: true,
    });

  test.each([
    '40210000-415fffff  Kernel code',
    '40210000..415fffff : Kernel code',
    '40210000 to 415fffff : Kernel code',
    '4021_0000-415f_ffff : Kernel code',
    '4021`0000-415f`ffff : Kernel code',
    '4021 0000-415f ffff : Kernel code',
    '40,210,000-415fffff : Kernel code',
    '40210000-415fffff ; Kernel code',
    '40210000-415fffff = Kernel code',
    '| 40210000-415fffff | Kernel code |',
    '0000:40210000-0000:415fffff : Kernel code',
    '40210000~415fffff : Kernel code',
    '40210000\u2212415fffff\uff1aKernel code',
    '\uff14\uff10\uff12\uff11\uff10\uff10\uff10\uff10-415fffff : Kernel code',
    '4\u041e210000-415fffff \u2014 Kernel code',
    '[mem 0x40210000-0x415fffff] Kernel code',
    '[mem 0x0-0x415fffff] Kernel code',
    '<40210000-415fffff : Kernel code>',
    '40210000-\n415fffff : Kernel code',
    '40210000-415fffff :\n Kernel code',
    '40210000-415fff\nff : Kernel code',
    '40210000h-415fffffh : Kernel code',
    '4O210000-415fffff : Kernel code',
    '4O210000-4l5fffff : Kernel code',
    '40210000-415fffff &#58; Kernel code',
    '40210000 (19 MiB): Kernel code',
    '40210000+13f0000 : Kernel code',
    '- 40210000-415fffff : Kernel code',
    '41a00000-: Kernel data',
    'of 40000000-4fffffff',
    '0x40210000 Kernel code',
    'ffffffff-fffffffe Kernel code',
    'Kernel code',
    '| : Kernel code |',
    '[...]',
    '...',
    '\u2026 (40 lines)',
    '  ... (40 lines left out)',
    '<snip>',
    '--',
    // What nobody can tell.
    '---',
    '~',
    'same as on the other board',
  ])('is refused however it is spelled: %j', (line) => {
    expect(between(line)).toThrow(expect.objectContaining({ code: 'EINVAL', hint: expect.stringMatching(/again/) }));
  });

  test.each([
    // A wrong character, or a hidden one.
    ...['4g210000', '4021?000', '?', '****0000', 'ooo', '4n210000', '40!10000', '4U210000', 'web'].map(
      (start) => `${start}-415fffff : Kernel code`,
    ),
    '4n210000-4m5fffff',
    '40!10000-41!fffff pl011',
    '4g210000-41gfffff: pl011',
    '?-415fffff',
    'xxxxxxxx-xxxxxxxx',
    '********-******** pl011',
    '<redacted> : reserved',
    '<redacted> reserved',
    '[REDACTED]',
    '(ptrval)-(ptrval) : Kernel code',
    '(hidden) : pl011',
    'somewhere : reserved',
    'somewhere : pl011',
    ': reserved',
    '00000000-00000000 : Kernel code',
    // Other units, and digits that have come apart.
    '1026M-1045M : reserved',
    '1026.1MB - 1046MB',
    'from 1M to 9M',
    '1075904512-1096810495 : Kernel code',
    '1075904512-1096810495 : reserved',
    '4021 0000 415f ffff Kernel code',
    '4021 0000 415f ffff',
    '4 0 2 1 0 0 0 0 - 4 1 5 f f f f f',
    '4021-415f : reserved',
    '0000-0000 : Kernel code',
    // Names without a range.
    'Kernel code at 1026 MiB',
    'Kernel code (19 MiB)',
    'Kernel code, rodata',
    'reserved: all below 1G',
    '19 MiB reserved',
    // What stands for lines that were left out.
    '10 more lines',
    '[ 20 lines removed ]',
    '<cut>',
    '8<----',
    '>8 ----',
    'etc.',
    'and so on',
    '(more reserved ranges here)',
    '{others}',
    '@@ -3,7 +3,6 @@',
    '--More--(12%)',
    'lines 1-20/140 14%',
    '# ditto',
  ])('%j is refused wherever it stands', (line) => {
    for (const at of [0, 3, MAP.length])
      expect(() => parseIomem(MAP.toSpliced(at, 0, line).join('\n'), { lenient: true }), `${at}`).toThrow(
        expect.objectContaining({ code: 'EINVAL', line: at + 1 }),
      );
  });

  test('is refused where any one character of its range is wrong', () => {
    const wrong = fc.constantFrom(...'gnquzGOIlS!?*#@|.,;_~\u0441\u2588');
    const [ram = '', kernel = ''] = ['40000000-7fffffff : System RAM', '40210000-415fffff : Kernel code'];
    fc.assert(
      fc.property(wrong, fc.nat(16), fc.constantFrom('Kernel code', 'reserved', 'pl011', ''), (char, at, name) => {
        const line = `  ${kernel.slice(0, at)}${char}${kernel.slice(at + 1).replace('Kernel code', name)}`;
        const map = [ram, line, '  41a00000-41cfffff : Kernel data'].join('\n');
        // Some dashes are read as one.
        if (at === 8) return;
        expect(() => parseIomem(map, { lenient: true }), line).toThrow(expect.objectContaining({ line: 2 }));
      }),
      { seed: 20190708, numRuns: 400 },
    );
  });

  test('is refused where it does not lie in what it is indented below, or the kernel in no RAM', () => {
    for (const line of ['  90000000-9fffffff : reserved', '90000000-9fffffff : Kernel code'])
      expect(between(line), line).toThrow(
        expect.objectContaining({ line: 2, message: expect.stringMatching(/outside of System RAM/) }),
      );
    const { notes } = read(...MAP.toSpliced(2, 0, '  09100000-09100fff : a device'));
    expect(notes.map(({ what, lines }) => [what, lines])).toEqual([['place', [3]]]);
  });

  test('is refused among others where its addresses are hidden', () => {
    const hidden = MAP.map((line) => line.replace(/[0-9a-f]+-[0-9a-f]+/, '00000000-00000000'));
    for (const [at, line] of hidden.entries()) {
      const refusal = expect.objectContaining({ code: 'EINVAL', line: at + 1 });
      expect(() => parseIomem(MAP.with(at, line).join('\n'), { lenient: true }), line).toThrow(refusal);
    }
    expect(() => parseIomem([...hidden.slice(0, 3), ...MAP].join('\n'), { lenient: true })).toThrow(/line 1:/);
    expect(read(...hidden, ...MAP, ...hidden).lines).toEqual(MAP);
  });

  test('is refused with anything between its ends that the kernel does not write there', () => {
    const odd = fc.string({ minLength: 1, maxLength: 3 }).filter((text) => !/[-0-9a-fx]/i.test(text));
    fc.assert(
      fc.property(odd, odd, (dash, colon) => {
        let tree: ReturnType<typeof parseIomem>;
        try {
          tree = parseIomem(`40000000-7fffffff : System RAM\n40210000${dash}415fffff${colon}Kernel code\n`, {
            lenient: true,
          });
        } catch (error) {
          expect(error).toBeInstanceOf(IoportError);
          return;
        }
        expect(resourceLines(tree.root)[1]).toMatch(/^ {2}40210000-415fffff : /);
      }),
      { seed: 20190708, numRuns: 500 },
    );
  });

  test.each(['System RAM <- here', 'my System RAM', 'System RAMs', 'System', 'Crash ker', 'Crash kernel (256M)'])(
    'with a name like %j is a device, and said to be',
    (name) => {
      const { notes } = read(...MAP.slice(0, -1), `100000000-13fffffff : ${name}`, '140000000-14fffffff : System RAM');
      expect(notes.map(({ what, lines }) => [what, lines])).toEqual([['name', [MAP.length]]]);
    },
  );
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
      'line 11: not "start-end : name": ""',
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
    const isExcerpt = name.startsWith('hisilicon_kunpeng920');
    expect(parseIomem(text, { lenient: true }).notes?.map(({ what }) => what)).toEqual(isExcerpt ? ['excerpt'] : []);
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
      fc
        .array(fc.tuple(fc.nat(40), fc.nat(40)))
        .map((pairs) => pairs.map(([a, b]) => `${100_000_000 + a}-${100_000_000 + b} : x`).join('\n')),
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
    expect(() => parseIomem(`${'<br>'.repeat(300_000)}x`, { lenient: true })).toThrow(IoportError);
    expect(() => parseIomem(`${'a-'.repeat(500_000)} : x`, { lenient: true })).toThrow(IoportError);
    expect(() => parseIomem(`[${'1 '.repeat(500_000)}`, { lenient: true })).toThrow(IoportError);
    for (const part of ['x', '?', 'reserved ', '4021 ', '1.1k-', '<', 'cat ', 'a/', '8<'])
      expect(() => parseIomem(part.repeat(300_000), { lenient: true }), part).toThrow(IoportError);
    expect(() => parseIomem(`10000000-20000000 :${' '.repeat(1_000_000)}x`, { lenient: true })).not.toThrow();
  });
});
