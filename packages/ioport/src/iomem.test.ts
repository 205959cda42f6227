import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createResource,
  createTree,
  depthOf,
  findByName,
  freeRam,
  IoportError,
  insertResourceConflict,
  parseIomem,
  parseIoports,
  printIomem,
  rangeSize,
  resourceLines,
  systemRam,
} from './index.ts';
import { treeFaults } from './testing/invariants.ts';

fc.configureGlobal({ seed: 20190708, numRuns: 200 });

const folder = new URL('../fixtures/iomem/', import.meta.url);
const boards = readdirSync(folder).map((file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const);
const fixtures = new URL('../fixtures/', import.meta.url);
const boots = readdirSync(fixtures)
  .filter((name) => /-boots(-\d+)?\.jsonl$/.test(name))
  .flatMap((name) => readFileSync(new URL(name, fixtures), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line))
  .map((boot) => [`${boot.kernel} ${boot.name}`, boot.iomem] as const);

describe('real maps', () => {
  test.each([...boards, ...boots])('%s comes back byte for byte, as a sound tree', (_, text) => {
    const tree = parseIomem(text);
    expect(printIomem(tree)).toBe(text);
    expect(treeFaults(tree.root)).toEqual([]);
    const ram = systemRam(tree);
    const free = freeRam(tree);
    expect(ram.length).toBeGreaterThan(0);
    const size = (ranges: typeof ram): bigint => ranges.reduce((sum, range) => sum + rangeSize(range), 0n);
    expect(size(free)).toBeLessThanOrEqual(size(ram));
  });

  test('an unprivileged copy of any of them is refused', () => {
    for (const [, text] of boards) {
      const hidden = `${resourceLines(parseIomem(text).root, { privileged: false }).join('\n')}\n`;
      expect(() => parseIomem(hidden)).toThrow(expect.objectContaining({ code: 'EPERM' }));
    }
  });
});

describe('what a line means', () => {
  test('names give flags and descriptors', () => {
    const tree = parseIomem('40000000-7fffffff : System RAM\n  50000000-5fffffff : Crash kernel\n');
    const [crash] = findByName(tree, 'Crash kernel');
    expect(crash).toMatchObject({ flags: 0x8100_0200, desc: 1 });
    expect(crash && depthOf(crash)).toBe(1);
  });

  test('hot-plugged memory of a driver is not System RAM', () => {
    const tree = parseIomem('40000000-7fffffff : System RAM\n80000000-bfffffff : System RAM (kmem)\n');
    expect(systemRam(tree)).toEqual([{ start: 0x4000_0000n, end: 0x7fff_ffffn }]);
  });

  test('what a driver calls System RAM is not ours, what the crash region gave back is', () => {
    const tree = parseIomem(
      [
        '40000000-4fffffff : System RAM',
        '  44000000-45ffffff : Crash kernel',
        '  46000000-47ffffff : System RAM',
        '60000000-6fffffff : Crash kernel',
        '80000000-bfffffff : virtio0',
        '  80000000-8fffffff : System RAM',
      ].join('\n'),
    );
    expect(systemRam(tree)).toEqual([
      { start: 0x4000_0000n, end: 0x4fff_ffffn },
      { start: 0x6000_0000n, end: 0x6fff_ffffn },
    ]);
    expect(freeRam(tree)).toEqual([
      { start: 0x4000_0000n, end: 0x43ff_ffffn },
      { start: 0x4600_0000n, end: 0x4fff_ffffn },
    ]);
  });

  test('ports are four digits wide', () => {
    const text = '0000-001f : dma1\n0cf8-0cff : PCI conf1\n';
    expect(printIomem(parseIoports(text))).toBe(text);
  });

  test('lines deeper than the kernel indents are found again by their ranges', () => {
    const { root, layout } = createTree();
    for (let i = 0n; i < 12n; i++)
      insertResourceConflict(root, createResource({ name: `l${i}`, start: i, end: 100n - i }));
    insertResourceConflict(root, createResource({ name: 'beside', start: 200n, end: 201n }));
    for (const levels of [5, 8, Number.POSITIVE_INFINITY]) {
      const text = printIomem({ root, layout: { ...layout, levels } });
      const tree = parseIomem(text);
      expect(printIomem(tree)).toBe(text);
      const [deepest] = findByName(tree, 'l11');
      expect(deepest && depthOf(deepest)).toBe(11);
    }
  });
});

describe('bad text', () => {
  test.each([
    ['40000000-7fffffff : a\nrubbish\n', 2],
    ['40000000-7fffffff: a\n', 1],
    ['40000000-7fffffff :', 1],
    ['0x40000000-0x7fffffff : a\n', 1],
    ['1000-1fff : a\n', 1],
    ['4000000G-7fffffff : a\n', 1],
    ['00000000040000000-7fffffff : a\n', 1],
    ['40000000-3fffffff : a\n', 1],
    ['  40000000-7fffffff : a\n', 1],
    ['40000000-7fffffff : a\n    50000000-5fffffff : b\n', 2],
    ['40000000-7fffffff : a\n   50000000-5fffffff : b\n', 2],
    ['40000000-7fffffff : a\n  80000000-8fffffff : b\n', 2],
    ['40000000-7fffffff : a\n50000000-5fffffff : b\n', 2],
    ['40000000-7fffffff : a\n\n', 2],
    ['40000000-7fffffff : a\n80000000-bfffffff : b\r\n', 2],
    ['40000000-7fffffff : a\r\n80000000-bfffffff : b\n', 2],
    ['40000000-7fffffff : a\r\n80000000-bfffffff : b\r', 2],
    ['40000000-7fffffff : a\r\n\n', 2],
    ['40000000-7fffffff : a\n80000000-bfffffff : System R', 2],
  ])('%j is refused in line %i', (text, line) => {
    expect(() => parseIomem(text)).toThrow(expect.objectContaining({ code: 'EINVAL', line }));
  });

  const NAMES = [
    'System RAM',
    'Kernel code',
    'Kernel data',
    'Crash kernel',
    'Kexec kernel',
    'reserved',
    'pl011@9000000',
  ];
  const BENT: readonly ((name: string) => string)[] = [
    ...[' ', '\t', '\u00a0', '\u3000', '\u200b', '\r', '\u0000', '\u001b[m'].flatMap((junk) => [
      (name: string) => name + junk,
      (name: string) => junk + name,
    ]),
  ];
  const BENT_MEMORY: readonly ((name: string) => string)[] = [
    (name) => name.replace(' ', '\u00a0'),
    (name) => name.replace(' ', '  '),
    (name) => name.toUpperCase(),
    (name) => name.toLowerCase(),
    (name) => `${name}<br>`,
    (name) => `${name}\\n`,
    (name) => `"${name}"`,
    (name) => `${name}  48000000-4fffffff : reserved`,
  ];

  test('no name that is not written so by the kernel passes for a device', () => {
    const bent = NAMES.flatMap((name) => {
      const isMemory = /^[A-Z]/.test(name);
      return [...BENT, ...(isMemory ? BENT_MEMORY : [])].map((bend) => bend(name));
    });
    for (const name of bent) {
      const text = `10000000-1fffffff : a\n40000000-7fffffff : ${name}\n`;
      expect(() => parseIomem(text), JSON.stringify(name)).toThrow(
        expect.objectContaining({ code: 'EINVAL', line: 2, hint: expect.stringMatching(/leniently/) }),
      );
    }
  });

  test('names of real maps are all taken, whole and beside each other', () => {
    for (const name of [
      'System RAM (kmem)',
      'System RAM (virtio_mem)',
      '',
      'K',
      'Persistent Memory',
      'PCI Bus 0000:00',
    ])
      expect(freeRam(parseIomem(`40000000-7fffffff : ${name}\n`)), name).toEqual([]);
  });

  test('any text gives a tree that prints back, or one of our errors', () => {
    const part = fc.constantFrom(
      '40000000',
      '-',
      ' : ',
      '\n',
      '  ',
      'a',
      '7fffffff',
      '\r\n',
      '00000000',
      'ffffffffffffffff',
    );
    const text = fc.oneof(
      fc.array(part).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          expect(printIomem(parseIomem(input))).toBe(input);
        } catch (error) {
          expect(error).toBeInstanceOf(IoportError);
        }
      }),
    );
  });

  test('a long line without end is refused in linear time', () => {
    expect(() => parseIomem('4'.repeat(1_000_000))).toThrow(IoportError);
    expect(() => parseIomem(' '.repeat(1_000_000))).toThrow(IoportError);
  });
});

describe('round trip', () => {
  const name = fc.stringMatching(/^([!-~]([ -~]{0,10}[!-~])?)?$/);
  const entry = fc.tuple(name, fc.bigInt({ min: 0n, max: 0xffff_ffffn }), fc.bigInt({ min: 0n, max: 0xff_ffffn }));

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 60 }),
        fc.bigInt({ min: 1n, max: 1n << 63n }),
        (entries, base) => {
          const tree = createTree();
          for (const [label, at, size] of entries) {
            const start = base + at;
            insertResourceConflict(tree.root, createResource({ name: label, start, end: start + size }));
          }
          const text = printIomem(tree);
          const again = parseIomem(text);
          expect(printIomem(again)).toBe(text);
          expect(treeFaults(again.root)).toEqual([]);
        },
      ),
    );
  });
});
