import { describe, expect, test } from 'vitest';
import { countedRam, lowLimitOfDma, parseIomem, type ReservationKernel, readBootLog } from '../index.ts';

const GIB = 1n << 30n;

const ZONES = (...rest: string[]): string[] => [
  '  DMA      [mem 0x0000000040000000-0x000000007fffffff]',
  ...rest,
  'Early memory node ranges',
  '  node   0: [mem 0x0000000040000000-0x000000007fffffff]',
  '  node   1: [mem 0x0000000080000000-0x000000013fffffff]',
  'cma: Reserved 64 MiB at 0x000000007c000000 on node -1',
  'Reserved memory: created CMA memory pool at 0x0000000050000000, size 32 MiB',
  'Memory: 3674076K/4194304K available (17472K kernel code, 65536K cma-reserved)',
];

describe('readBootLog', () => {
  test('reads the limit, the RAM that was counted, its pieces, and what came first', () => {
    const expected = {
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
      kernelMoves: false,
    };
    const lines = ZONES('  DMA32    [mem 0x0000000080000000-0x00000000ffffffff]', '  Normal   empty');
    expect(readBootLog(lines)).toEqual(expected);
    for (const prefix of ['[    0.000000] ', '<6>[    0.000000] ', 'kern  :info  : [    0.000000] '])
      expect(readBootLog(lines.map((line) => prefix + line).join('\n'))).toEqual(expected);
  });

  test('where all memory is below, or all is above, the limit does not matter', () => {
    expect(readBootLog(ZONES('  DMA32    empty', '  Normal   empty')).lowLimit).toBeUndefined();
    expect(readBootLog(['  DMA      empty', '  Normal   [mem 0x0000008000000000-0x000000bfffffffff]']).lowLimit).toBe(
      undefined,
    );
  });

  test('zones of movable and device memory end no other', () => {
    expect(readBootLog(ZONES('  Normal   empty', '  Device   [mem 0x100000000-0x13fffffff]')).lowLimit).toBeUndefined();
  });

  test('under KASLR the kernel moves where UEFI has a stub for it', () => {
    expect(readBootLog('efi: EFI v2.70 by EDK II\nKASLR enabled').kernelMoves).toBe(true);
    expect(readBootLog('efi: UEFI not found.\nKASLR enabled').kernelMoves).toBe(false);
    expect(readBootLog('efi: EFI v2.70 by EDK II\nKASLR disabled on command line').kernelMoves).toBe(false);
  });

  test('of another text knows nothing', () => {
    expect(readBootLog('nothing\nof the kind')).toEqual({
      lowLimit: undefined,
      countedRam: undefined,
      bootRam: undefined,
      cma: [],
      kernelMoves: false,
    });
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
