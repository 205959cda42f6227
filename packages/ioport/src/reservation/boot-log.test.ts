import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type BootLog, countedRam, lowLimitOfDma, parseIomem, type ReservationKernel, readBootLog } from '../index.ts';

const GIB = 1n << 30n;

const ZONES = (...rest: string[]): string[] => [
  '  DMA      [mem 0x0000000040000000-0x000000007fffffff]',
  ...rest,
  'Early memory node ranges',
  '  node   0: [mem 0x0000000040000000-0x000000007fffffff]',
  '  node   1: [mem 0x0000000080000000-0x000000013fffffff]',
  'cma: Reserved 64 MiB at 0x000000007c000000 on node -1',
  'Reserved memory: created CMA memory pool at 0x0000000050000000, size 32 MiB',
  'Memory: 3674076K/4194304K available (17472K kernel code, 98304K cma-reserved)',
];

const WHOLE = [
  'Booting Linux on physical CPU 0x0000000000 [0x413fd0c1]',
  'Linux version 7.3.4 (somebody@somewhere) #1 SMP',
  'KASLR enabled',
  'efi: EFI v2.70 by EDK II',
  'Zone ranges:',
  ...ZONES(
    '  DMA32    [mem 0x0000000080000000-0x00000000ffffffff]',
    '  Normal   [mem 0x0000000100000000-0x000000013fffffff]',
  ),
  'Run /init as init process',
];

const SAID = {
  lowLimit: 0x8000_0000n,
  countedRam: 4n * GIB,
  bootRam: [
    { start: 0x4000_0000n, end: 0x7fff_ffffn },
    { start: 0x8000_0000n, end: 0x1_3fff_ffffn },
  ],
  cma: [
    { start: 0x7c00_0000n, size: 64n << 20n },
    { start: 0x5000_0000n, size: 32n << 20n },
  ],
  kernelMoves: true,
  missing: [],
};

/** What is said must be what the whole log says; what is not must be missing. */
function expectNothingInvented(log: BootLog, whole: BootLog): void {
  for (const fact of ['lowLimit', 'countedRam', 'bootRam', 'cma', 'kernelMoves'] as const) {
    if (!log.missing.includes(fact)) expect(log[fact], fact).toEqual(whole[fact]);
    else if (fact === 'cma') expect(whole.cma).toEqual(expect.arrayContaining([...log.cma]));
    else expect(log[fact], fact).toBeUndefined();
  }
}

const fixtures = new URL('../../fixtures/', import.meta.url);
const kept: string[][] = readdirSync(fixtures)
  .filter((name) => /-boots(-\d+)?\.jsonl$/.test(name))
  .flatMap((name) => readFileSync(new URL(name, fixtures), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line).dmesg);

describe('readBootLog', () => {
  test('reads the limit, the RAM that was counted, its pieces, and what came first', () => {
    expect(readBootLog(WHOLE)).toEqual(SAID);
  });

  test.each<[string, (line: string, at: number) => string]>([
    ['dmesg', (line) => `[    0.000000] ${line}`],
    ['dmesg -r', (line) => `<6>[    0.000000] ${line}`],
    ['dmesg -r without stamps', (line) => `<6>${line}`],
    ['dmesg -x', (line) => `kern  :info  : [    0.000000] ${line}`],
    ['dmesg -T', (line) => `[Sat Nov 28 21:00:00 2026] ${line}`],
    ['dmesg -d', (line) => `[    0.000000 <    0.000000>] ${line}`],
    ['dmesg -e', (line) => `[Nov28 21:00] ${line}`],
    ['dmesg --time-format iso', (line) => `2026-11-28T21:00:00,000000+00:00 ${line}`],
    ['colours', (line) => `\u001b[32m[    0.000000] \u001b[0m\u001b[33m${line}\u001b[0m`],
    ['the caller', (line) => `[    0.000000][    T0] ${line}`],
    ['the caller behind a blank', (line) => `[    0.000000] [    T0] ${line}`],
    ['journalctl', (line) => `Nov 28 21:00:00 host kernel: ${line}`],
    ['journalctl -o short-monotonic', (line, at) => `[    ${at}.000000] host kernel: ${line}`],
    ['syslog', (line) => `2026-11-28T21:00:00.000000+00:00 host kernel: [    0.000000] ${line}`],
    ['a terminal that stamps', (line) => `21:00:00.123 > [    0.000000] ${line}`],
    ['quotes', (line) => `> [    0.000000] ${line}`],
    ['carriage returns', (line) => `${line}\r`],
    ['blanks behind', (line) => `[    0.000000] ${line}  `],
    ['blanks trimmed', (line) => line.trim()],
  ])('with %s', (_, spell) => {
    const lines = WHOLE.map(spell);
    expect(readBootLog(lines)).toEqual(SAID);
    expect(readBootLog(lines.join('\n'))).toEqual(SAID);
  });

  test('of a whole boot nothing is missing', () => {
    for (const lines of kept) {
      const { missing } = readBootLog(lines);
      // The first records keep no line about KASLR.
      expect(missing).toEqual(lines.some((line) => /KASLR|UEFI not found/.test(line)) ? [] : ['kernelMoves']);
    }
  });

  test('wherever it is cut, it invents nothing', () => {
    for (const lines of [WHOLE, ...kept.filter((_, at) => at % 20 === 0)]) {
      const whole = readBootLog(lines);
      for (let from = 0; from < lines.length; from++)
        for (let to = from; to <= lines.length; to++) expectNothingInvented(readBootLog(lines.slice(from, to)), whole);
    }
  });

  test('whatever line it lacks, it invents nothing', () => {
    for (const lines of [WHOLE, ...kept]) {
      const whole = readBootLog(lines);
      for (let at = 0; at < lines.length; at++) expectNothingInvented(readBootLog(lines.toSpliced(at, 1)), whole);
    }
  });

  const other = [
    'Booting Linux on physical CPU 0x0',
    'Linux version 6.1.0',
    ...(kept[0] ?? []),
    'reboot: Restarting system',
  ];

  test.each<[string, string[]]>([
    ['its first line', WHOLE],
    ['its version', WHOLE.slice(1)],
    ['its clock', WHOLE.slice(2).map((line) => `[    0.000000] ${line}`)],
  ])('of several boots the last one counts, known by %s', (_, last) => {
    const before = other.map((line, at) => `[    ${at}.000000] ${line}`);
    expect(readBootLog([...before, ...before, ...last])).toEqual(SAID);
  });

  test('of several that nothing parts nothing is known', () => {
    for (const lines of kept) {
      const parts = lines.filter((line) => !/^Linux version/.test(line));
      expectNothingInvented(readBootLog([...WHOLE, ...parts]), readBootLog([]));
    }
  });

  test('what programs write into the journal is not the kernel', () => {
    const program = WHOLE.map((line) => `Nov 28 21:00:09 host guest-console[812]: ${line}`);
    expect(readBootLog([...WHOLE.map((line) => `Nov 28 21:00:00 host kernel: ${line}`), ...program])).toEqual(SAID);
  });

  test('where all memory is below, or all is above, the limit does not matter', () => {
    for (const lines of [
      ZONES('  DMA32    empty', '  Normal   empty').slice(0, 3),
      ['  DMA      empty', '  Normal   [mem 0x0000008000000000-0x000000bfffffffff]'],
      ZONES('  Normal   empty', '  Device   [mem 0x100000000-0x13fffffff]').slice(0, 3),
    ]) {
      const { lowLimit, missing } = readBootLog(lines);
      expect([lowLimit, missing.includes('lowLimit')]).toEqual([undefined, false]);
    }
  });

  test.each([
    [true, 'efi: EFI v2.70 by EDK II\nKASLR enabled'],
    [false, 'efi: UEFI not found.\nKASLR enabled'],
    [false, 'efi: EFI v2.70 by EDK II\nKASLR disabled on command line'],
    [false, 'KASLR disabled due to lack of seed'],
    [undefined, 'KASLR enabled'],
    [undefined, 'efi: EFI v2.70 by EDK II'],
    [undefined, 'efi: EFI v2.70 by EDK II\nKASLR enabled\nKASLR disabled on command line'],
    [undefined, 'nothing\nof the kind'],
  ])('whether the kernel moves is %s of %j', (moves, log) => {
    expect(readBootLog(log).kernelMoves).toBe(moves);
  });
});

describe('countedRam', () => {
  const tree = parseIomem(
    '04000000-07ffffff : reserved\n  04000000-04ffffff : reserved\n40000000-7fffffff : System RAM\n  50000000-5fffffff : reserved\n' +
      '80000000-80ffffff : System RAM (kmem)\n',
  );

  test('of a map has what is never mapped, and not what a driver manages', () => {
    expect(countedRam(tree)).toMatchObject({ bytes: GIB + (64n << 20n), exact: false });
  });

  test("prefers the kernel's own word", () => {
    expect(countedRam(tree, readBootLog('Memory: 1K/1048576K available (1K kernel code)'))).toMatchObject({
      bytes: GIB,
      exact: true,
    });
  });

  test('says that RAM is missing around a lone crash region', () => {
    const lone = parseIomem('e6200000-f61fffff : Crash kernel\nfa190000-fe0bffff : System RAM\n');
    expect(countedRam(lone).from).toMatch(/RAM around the crash region is not listed/);
  });
});

test.each<[string, bigint, bigint, ReservationKernel, bigint]>([
  ['exactly', 0xbc00_0000n, GIB, '7.3', 0xbc00_0000n],
  ['as a power of two', 0xbc00_0000n, GIB, '6.1', 4n * GIB],
  ['as it is where it is one', 2n * GIB, GIB, '5.10', 2n * GIB],
  ['4 GiB at most', 64n * GIB, GIB, '6.12', 4n * GIB],
  ['4 GiB at most, rounded', 64n * GIB, GIB, '6.1', 4n * GIB],
  ['4 GiB where it reaches no RAM', GIB, 2n * GIB, '6.1', 4n * GIB],
  ['no limit where all RAM lies above', 64n * GIB, 32n * GIB, '6.1', 1n << 64n],
  ['what it is where all RAM lies above', 64n * GIB, 32n * GIB, '7.3', 64n * GIB],
])('dma-ranges count %s', (_, reach, ramStart, kernel, limit) => {
  expect(lowLimitOfDma(reach, ramStart, kernel)).toBe(limit);
});
