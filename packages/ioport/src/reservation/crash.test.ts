import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allocFreeMemRegion,
  createTree,
  findByName,
  freeRam,
  insertResource,
  locateMemHole,
  mergeRanges,
  parseIomem,
  placeReservation,
  printIomem,
  type Range,
  type ResourceTree,
  rangeContains,
  rangesOverlap,
  reserveCrashKernel,
  reserveKexecKernel,
  subtractRanges,
} from '../index.ts';

fc.configureGlobal({ seed: 20190708, numRuns: 150 });

const MIB = 0x10_0000n;
const GIB = 1024n * MIB;

/** RAM from 1 GiB on, with a kernel in it. */
function machine(gib: bigint): ResourceTree {
  const tree = createTree();
  insertResource(tree, { name: 'System RAM', start: GIB, end: GIB + gib * GIB - 1n, flags: 0x8100_0200 });
  insertResource(tree, { name: 'Kernel code', start: GIB + 2n * MIB, end: GIB + 34n * MIB - 1n });
  return tree;
}

describe('reserveCrashKernel', () => {
  test('a request that low memory cannot hold: 6.1 gives up, 7.3 goes high and adds low memory', () => {
    const request = { size: 4n * GIB, base: 0n };
    const old = reserveCrashKernel(machine(12n), request, { kernel: '6.1' });
    expect(old.refusal).toMatchObject({ code: 'ENOMEM', reason: 'no-room' });
    expect(old.log).toEqual([['warn', 'cannot allocate crashkernel (size:0x100000000)']]);
    const { regions } = reserveCrashKernel(machine(12n), request);
    expect(regions).toEqual([
      { kind: 'low', start: 4n * GIB - 128n * MIB, end: 4n * GIB - 1n },
      { kind: 'main', start: 9n * GIB, end: 13n * GIB - 1n },
    ]);
  });

  test(',high falls back to low memory, where it needs no companion', () => {
    const { regions } = reserveCrashKernel(machine(2n), {
      size: 256n * MIB,
      base: 0n,
      high: true,
      lowSize: 128n * MIB,
    });
    expect(regions).toEqual([{ kind: 'main', start: 3n * GIB - 256n * MIB, end: 3n * GIB - 1n }]);
  });

  test('no room for the low companion gives everything up', () => {
    const tree = machine(8n);
    const { refusal, regions } = reserveCrashKernel(tree, { size: GIB, base: 0n, high: true, lowSize: 4n * GIB });
    expect(regions).toEqual([]);
    expect(refusal).toMatchObject({ code: 'ENOMEM', reason: 'no-low-room' });
  });

  test.each([
    ['misaligned', { size: 64n * MIB, base: 2n * GIB + 4096n }, /not 2 MiB aligned/, /@0x80200000/],
    ['not-ram', { size: 64n * MIB, base: 16n * MIB }, /one System RAM range/, /RAM is at 0x40000000-0x13fffffff/],
    [
      'conflict',
      { size: 64n * MIB, base: GIB },
      /taken by "Kernel code" at 0x40200000-0x421fffff/,
      /leave the offset out/,
    ],
    ['no-room', { size: 64n * GIB, base: 0n }, /no 65536 MiB free/, /at most crashkernel=3038M fits/],
    ['nothing-requested', { size: 0n, base: 0n }, /asks for no memory/, /give a size/],
  ])('%s has a reason of its own', (reason, request, message, hint) => {
    const { refusal } = reserveCrashKernel(machine(4n), request);
    expect(refusal?.reason).toBe(reason);
    expect(refusal?.message).toMatch(message);
    expect(refusal?.hint).toMatch(hint);
  });

  test('what is said to fit does fit, and 2 MiB more does not', () => {
    const tree = parseIomem('40000000-4fffffff : System RAM\n  44300000-443fffff : reserved\n');
    const { largest, refusal } = reserveCrashKernel(tree, { size: GIB, base: 0n });
    expect(refusal?.hint).toContain(`${largest.low / MIB}M`);
    expect(reserveCrashKernel(tree, { size: largest.low, base: 0n }).refusal).toBeNull();
    expect(reserveCrashKernel(tree, { size: largest.low + 4096n, base: 0n }).refusal).not.toBeNull();
  });

  test('machines with all RAM above 4 GiB have no low limit', () => {
    const tree = parseIomem('200000000-2ffffffff : System RAM\n');
    expect(reserveCrashKernel(tree, { size: 256n * MIB, base: 0n }, { kernel: '6.1' }).regions).toHaveLength(1);
  });
});

describe('reserveKexecKernel', () => {
  test('lands below the crash kernel, under its System RAM', () => {
    const tree = machine(2n);
    placeReservation(tree, reserveCrashKernel(tree, { size: 256n * MIB, base: 0n }));
    const reservation = reserveKexecKernel(tree, { size: 64n * MIB, base: 0n });
    expect(reservation.log).toEqual([
      ['info', 'kexeckernel reserved: 0x00000000ac000000 - 0x00000000b0000000 (64 MB)'],
    ]);
    const [kexec] = placeReservation(tree, reservation);
    expect(kexec?.parent?.name).toBe('System RAM');
    expect(printIomem(tree)).toContain('  ac000000-afffffff : Kexec kernel\n  b0000000-bfffffff : Crash kernel\n');
    expect(findByName(tree, 'Kexec kernel')).toEqual([kexec]);
  });

  test('has no way out above 4 GiB unless it is allowed one', () => {
    const request = { size: 4n * GIB, base: 0n };
    expect(reserveKexecKernel(machine(12n), request).refusal?.reason).toBe('no-room');
    expect(reserveKexecKernel(machine(12n), request, { anywhere: true }).regions).toHaveLength(1);
  });

  test.each([
    [16n * MIB, 'cannot reserve kexeckernel: region is not memory'],
    [GIB, 'cannot reserve kexeckernel: region overlaps reserved memory'],
    [2n * GIB + 4096n, 'cannot reserve kexeckernel: base address is not 2MB aligned'],
  ])('a fixed base of 0x%s prints why not', (base, text) => {
    expect(reserveKexecKernel(machine(2n), { size: 64n * MIB, base }).log).toEqual([['warn', text]]);
  });
});

const range = fc
  .tuple(fc.bigInt({ min: 0n, max: 400n }), fc.bigInt({ min: 0n, max: 60n }))
  .map(([start, size]): Range => ({ start, end: start + size }));
const ranges = fc.array(range, { maxLength: 12 });

function holds(set: readonly Range[], address: bigint): boolean {
  return set.some(({ start, end }) => start <= address && address <= end);
}

describe('ranges', () => {
  test('merging and subtracting agree with asking for every address', () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        const merged = mergeRanges(a);
        const left = subtractRanges(a, b);
        const all = Array.from({ length: 471 }, (_, i) => BigInt(i));
        expect(all.filter((address) => holds(merged, address))).toEqual(all.filter((address) => holds(a, address)));
        const rest = all.filter((address) => holds(a, address) && !holds(b, address));
        expect(all.filter((address) => holds(left, address))).toEqual(rest);
        expect(mergeRanges(merged)).toEqual(merged);
      }),
    );
  });

  test('a hole is the first or last of all places that fit', () => {
    const power = fc.constantFrom(1n, 2n, 8n, 32n);
    fc.assert(
      fc.property(
        ranges,
        ranges,
        fc.bigInt({ min: 1n, max: 50n }),
        power,
        fc.boolean(),
        (ram, avoid, size, align, topDown) => {
          const fits = (start: bigint): boolean => {
            const place = { start, end: start + size - 1n };
            const clear = !avoid.some((taken) => rangesOverlap(taken, place));
            return clear && place.end <= 420n && start >= 16n && ram.some((bank) => rangeContains(bank, place));
          };
          const all: bigint[] = [];
          for (let start = 0n; start <= 470n; start += align) if (fits(start)) all.push(start);
          const found = locateMemHole(ram, { size, align, min: 16n, max: 420n, topDown, avoid });
          expect(found).toBe(topDown ? all.at(-1) : all[0]);
        },
      ),
    );
  });

  test.each([
    [0n, 4096n],
    [4096n, 0n],
    [4096n, 3n],
  ])('a hole of %s aligned to %s is refused', (size, align) => {
    expect(() => locateMemHole([], { size, align })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});

test('freeRam leaves out what is nested at any depth', () => {
  const tree = parseIomem(
    '40000000-400fffff : System RAM\n  40010000-4001ffff : reserved\n    40010000-40010fff : reserved\n',
  );
  expect(freeRam(tree)).toEqual([
    { start: 0x4000_0000n, end: 0x4000_ffffn },
    { start: 0x4002_0000n, end: 0x400f_ffffn },
  ]);
});

test('a search for free memory in steps of one byte ends', () => {
  const { root } = machine(1024n);
  const [ram] = [...(root.child ? [root.child] : [])];
  if (!ram) throw new Error('no RAM');
  const place = allocFreeMemRegion(root, 16n, 1n, 'x');
  expect(place?.start).toBe(1n);
  insertResource({ root, layout: createTree().layout }, { name: 'low', start: 17n, end: GIB - 1n });
  expect(allocFreeMemRegion(root, 16n, 1n, 'y')?.start).toBe(1025n * GIB);
  expect(() => allocFreeMemRegion(root, 16n, 0n, 'z')).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});

describe('on maps of any names', () => {
  const NAMES = [
    'System RAM',
    'Crash kernel',
    'Kexec kernel',
    'Kernel code',
    'reserved',
    'Reserved',
    'System RAM (kmem)',
    'dax0.0',
  ];
  const bank = fc.record({
    name: fc.constantFrom(...NAMES),
    inner: fc.option(fc.constantFrom(...NAMES)),
    gap: fc.integer({ min: 0, max: 96 }),
    size: fc.integer({ min: 8, max: 512 }),
  });
  const request = fc.record({
    size: fc.integer({ min: 1, max: 600 }).map((mib) => BigInt(mib) * MIB),
    base: fc.oneof(
      fc.constant(0n),
      fc.integer({ min: 1, max: 0x8000_0000 }).map((at) => BigInt(at) << 1n),
    ),
    high: fc.boolean(),
  });
  const mapOf = (banks: readonly { name: string; inner: string | null; gap: number; size: number }[]): string => {
    let at = 0x4000_0000;
    return banks
      .flatMap(({ name, inner, gap, size }) => {
        const start = at + gap * 0x10_0000;
        at = start + size * 0x10_0000;
        const range = (from: number, behind: number): string => `${from.toString(16)}-${(behind - 1).toString(16)}`;
        const within = inner === null ? [] : [`  ${range(start + 0x20_0000, at - 0x20_0000)} : ${inner}`];
        return [`${range(start, at)} : ${name}`, ...within];
      })
      .join('\n');
  };
  const both = [
    ['crashkernel', reserveCrashKernel],
    ['kexeckernel', reserveKexecKernel],
  ] as const;

  test.each(both)('%s= never gets what is not free, and hints name only what can be had', (_, reserve) => {
    fc.assert(
      fc.property(fc.array(bank, { minLength: 1, maxLength: 4 }), request, (banks, { high, ...plain }) => {
        const asked = reserve === reserveCrashKernel ? { ...plain, high } : plain;
        const tree = parseIomem(mapOf(banks));
        const { regions, refusal } = reserve(tree, asked);
        const free = mergeRanges(freeRam(tree));
        for (const region of regions) expect(free.some((range) => rangeContains(range, region))).toBe(true);
        const again = (base: bigint): unknown => reserve(tree, { ...asked, base }).refusal;
        const [, offset] = /use @(0x[0-9a-f]+)/.exec(refusal?.hint ?? '') ?? [];
        if (offset !== undefined) expect(again(BigInt(offset))).toBeNull();
        if (/leave the offset out/.test(refusal?.hint ?? '')) expect(again(0n)).toBeNull();
      }),
      { seed: 20190708, numRuns: 400 },
    );
  });

  test.each(both)('%s= is refused in a crash region without its RAM', (_, reserve) => {
    const tree = parseIomem('40000000-7fffffff : System RAM\n80000000-8fffffff : Crash kernel\n');
    expect(reserve(tree, { size: 64n * MIB, base: 0x8000_0000n }).refusal).toMatchObject({
      reason: 'conflict',
      hint: 'leave the offset out and let the kernel choose',
    });
    expect(reserve(tree, { size: 64n * MIB, base: 0x5000_1000n }).refusal?.hint).toMatch(/^use @0x50200000, or leave/);
    const full = reserve(tree, { size: 1200n * MIB, base: 0x4000_0000n });
    expect(full.refusal).toMatchObject({ reason: 'not-ram' });
  });

  test('at the end of RAM the offset below is named', () => {
    const tree = parseIomem('40000000-7fffffff : System RAM\n');
    const { refusal } = reserveCrashKernel(tree, { size: 64n * MIB, base: 0x7c00_1000n });
    expect(refusal?.hint).toMatch(/^use @0x7c000000, or leave/);
  });

  test('where nothing fits without the offset either, the hint says what does', () => {
    const tree = parseIomem('40000000-7fffffff : System RAM\n  40000000-5fffffff : reserved\n');
    const { refusal } = reserveCrashKernel(tree, { size: 900n * MIB, base: 0x4000_0000n });
    expect(refusal?.hint).toBe('without the offset: at most crashkernel=512M fits there');
  });

  test.each(both)('%s= among more banks than any machine has is answered in the time of a walk', (_, reserve) => {
    // For each of them a walk through all others would not end.
    const banks = Array.from({ length: 100_000 }, (_, at) => {
      const start = 0x4000_0000 + at * 0x2000;
      return `${start.toString(16)}-${(start + 0xfff).toString(16)} : System RAM`;
    });
    const tree = parseIomem(`${banks.join('\n')}\n`);
    const { refusal } = reserve(tree, { size: 64n * MIB, base: 0x4020_0000n });
    expect(refusal).toMatchObject({ reason: 'not-ram', hint: expect.stringMatching(/and 99992 more$/) });
  });
});
