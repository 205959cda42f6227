import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  parseIomem,
  type Reservation,
  type ReservationKernel,
  type ReservationRequest,
  reserveCrashKernel,
} from '../index.ts';

const MIB = 0x10_0000n;
const GIB = 1024n * MIB;

/** 4 GiB from 1 GiB on, a kernel, and no-map memory in front. */
const MAP = `04000000-07ffffff : reserved
40000000-13fffffff : System RAM
  40200000-421fffff : Kernel code
`;

const reserve = (
  kernel: ReservationKernel,
  request: Partial<ReservationRequest>,
  options: Parameters<typeof reserveCrashKernel>[2] = {},
): Reservation =>
  reserveCrashKernel(parseIomem(MAP), { size: 256n * MIB, base: 0n, ...request }, { kernel, ...options });

const said = ({ log }: Reservation): string[] => log.map(([, text]) => text);

describe('an offset that cannot be had', () => {
  test.each([
    ['no memory', 0x3000_0000n, 'region is not memory'],
    ['no memory, misaligned', 0x3010_0000n, 'region is not memory'],
    ['taken', 0x4000_0000n, 'region overlaps reserved memory'],
    ['taken, misaligned', 0x4010_0000n, 'region overlaps reserved memory'],
    ['misaligned', 0x6010_0000n, 'base address is not 2MB aligned'],
    ['beyond the last address', 0xffff_ffff_f000_0000n, 'region is not memory'],
  ])('%s: each kernel says so in its own words', (_, base, text) => {
    expect(said(reserve('5.10', { base }))).toEqual([`cannot reserve crashkernel: ${text}`]);
    expect(said(reserve('6.1', { base }))).toEqual(['cannot allocate crashkernel (size:0x10000000)']);
    for (const kernel of ['6.12', '7.1', '7.3'] as const)
      expect(said(reserve(kernel, { base }))).toEqual(['crashkernel reservation failed - memory is in use.']);
  });

  test('what is never mapped is memory to 5.10 only', () => {
    const flash = { size: 32n * MIB, base: 0x400_0000n };
    expect(reserve('5.10', flash).regions).toEqual([{ kind: 'main', start: 0x400_0000n, end: 0x5ff_ffffn }]);
    for (const kernel of ['6.1', '6.12', '7.3'] as const)
      expect(reserve(kernel, flash).refusal?.reason).toBe('not-ram');
  });
});

test('RAM that a shrunk crash region gave back can be had, but for what is in it', () => {
  const tree = parseIomem(`40000000-bfffffff : System RAM
  50000000-6fffffff : System RAM
    58000000-58000fff : reserved
`);
  for (const kernel of ['5.10', '6.1', '6.12', '7.3'] as const) {
    const at = (base: bigint): Reservation => reserveCrashKernel(tree, { size: 64n * MIB, base }, { kernel });
    expect(at(0x5000_0000n).regions).toHaveLength(1);
    expect(at(0x6e00_0000n).regions).toHaveLength(1);
    expect(at(0x5600_0000n).refusal?.conflicts).toMatchObject([{ name: 'reserved', start: 0x5800_0000n }]);
  }
});

describe('sizes', () => {
  test('are rounded to pages before 6.7 or so, and kept as they are since', () => {
    const end = (kernel: ReservationKernel, pageSize?: bigint): bigint | undefined =>
      reserve(kernel, { size: 128n * MIB + 1n }, { pageSize }).regions.map(
        (region) => region.end - region.start + 1n,
      )[0];
    expect(end('5.10')).toBe(128n * MIB + 4096n);
    expect(end('6.1', 0x1_0000n)).toBe(128n * MIB + 0x1_0000n);
    expect(end('6.12')).toBe(128n * MIB + 1n);
    expect(end('7.3')).toBe(128n * MIB + 1n);
  });
});

test('a size that wraps when it is rounded asks for nothing', () => {
  expect(reserve('6.1', { size: (1n << 64n) - 1n }).refusal?.reason).toBe('nothing-requested');
  expect(reserve('6.1', { size: (1n << 64n) - 4096n }).refusal?.reason).toBe('no-room');
  expect(reserve('7.3', { size: (1n << 64n) - 1n }).refusal?.reason).toBe('no-room');
});

describe('the limit', () => {
  test('5.10 has no way above it, and does not know ,high', () => {
    expect(said(reserve('5.10', { size: 3n * GIB }))).toEqual(['cannot allocate crashkernel (size:0xc0000000)']);
    const high = reserve('5.10', { high: true });
    expect([high.regions, high.log, high.refusal?.message]).toEqual([
      [],
      [],
      'this kernel does not know crashkernel=SIZE,high, and skips it',
    ]);
  });

  test('no region crosses two pieces of memory, or lies in what came later', () => {
    const bootRam = [
      { start: GIB, end: 2n * GIB - 1n },
      { start: 2n * GIB, end: 3n * GIB - 1n },
    ];
    expect(reserve('7.3', {}, { bootRam }).regions).toMatchObject([{ start: 3n * GIB - 256n * MIB }]);
    expect(reserve('7.3', { size: (3n * GIB) / 2n }, { bootRam }).refusal?.reason).toBe('no-room');
    expect(reserve('7.3', { size: 256n * MIB, base: 2n * GIB - 128n * MIB }, { bootRam }).refusal?.reason).toBe(
      'not-ram',
    );
  });
});

describe('what is told to do instead', () => {
  test('182 MiB free below, much above, on 6.1: as much as fits, or ,high', () => {
    const tree = parseIomem(`80000000-ffffffff : System RAM
  80000000-f49fffff : reserved
100000000-3fffffffff : System RAM
`);
    const { refusal } = reserveCrashKernel(tree, { size: 4n * GIB, base: 0n }, { kernel: '6.1' });
    expect(refusal?.hint).toBe('at most crashkernel=182M fits there; above it crashkernel=4096M,high does');
    const low = reserveCrashKernel(
      tree,
      { size: 4n * GIB, base: 0n, high: true, lowSize: 250n * MIB },
      { kernel: '6.1' },
    );
    expect(low.refusal?.hint).toBe(
      'at most crashkernel=182M,low fits there; crashkernel=0,low if no device needs low memory',
    );
    expect(said(low)).toEqual(['cannot allocate crashkernel low memory (size:0xfa00000).']);
  });

  test('no low memory for what fell back: ,high and a smaller ,low', () => {
    const tree = parseIomem('40000000-43ffffff : System RAM\n100000000-13fffffff : System RAM\n');
    expect(reserveCrashKernel(tree, { size: 256n * MIB, base: 0n }).refusal?.hint).toBe(
      'at most crashkernel=256M,high crashkernel=64M,low fits there; ' +
        'crashkernel=256M,high crashkernel=0,low if no device needs low memory',
    );
  });
});

/** Banks of some MiB with something in them, below 4 GiB and above. */
const maps = fc
  .array(fc.record({ at: fc.nat(60), size: fc.integer({ min: 1, max: 900 }), hole: fc.nat(700), taken: fc.nat(300) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((banks) => {
    let next = 0x4000_0000n;
    return banks
      .flatMap(({ at, size, hole, taken }) => {
        const start = next + BigInt(at) * 64n * MIB;
        const end = start + BigInt(size) * 2n * MIB - 1n;
        next = end + 1n;
        const from = start + BigInt(hole) * MIB;
        const to = from + BigInt(taken) * MIB + 0xfffn;
        const bank = `${start.toString(16).padStart(8, '0')}-${end.toString(16)} : System RAM\n`;
        return to > end ? [bank] : [bank, `  ${from.toString(16)}-${to.toString(16)} : reserved\n`];
      })
      .join('');
  });

test('what a hint says that fits, does', () => {
  const kernels = fc.constantFrom<ReservationKernel>('5.10', '6.1', '6.12', '7.3');
  const size = fc.integer({ min: 1, max: 3000 }).map((mib) => BigInt(mib) * MIB);
  let hints = 0;
  fc.assert(
    fc.property(maps, kernels, size, fc.boolean(), size, (map, kernel, main, high, lowSize) => {
      const tree = parseIomem(map);
      const request = { size: main, base: 0n, ...(high && kernel !== '5.10' && { high, lowSize }) };
      const { refusal } = reserveCrashKernel(tree, request, { kernel });
      for (const part of refusal?.hint.split('; ') ?? []) {
        const asked = requestIn(part, request);
        if (asked === undefined) continue;
        hints++;
        const { refusal: again } = reserveCrashKernel(tree, asked, { kernel });
        expect(again, `${map}${part}`).toBeNull();
      }
    }),
    { seed: 20190708, numRuns: 2000 },
  );
  expect(hints).toBeGreaterThan(500);
});

/** What a part of a hint asks for, given what was asked for before. */
function requestIn(part: string, before: ReservationRequest): ReservationRequest | undefined {
  const sizeOf = (pattern: RegExp): bigint | undefined => {
    const [, size] = pattern.exec(part) ?? [];
    return size === undefined ? undefined : BigInt(size) * MIB;
  };
  const [plain, high, low] = [/=(\d+)M(?!,)/, /=(\d+)M,high/, /=(\d+)M?,low/].map(sizeOf);
  if (plain !== undefined) return { size: plain, base: 0n };
  if (high === undefined && low === undefined) return undefined;
  return { size: high ?? before.size, base: 0n, high: true, lowSize: low ?? (before.high ? before.lowSize : 0n) };
}
