import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { scatteredAllocator } from './allocator.ts';
import { type BuddyOptions, buddyAllocator } from './buddy-allocator.ts';

const free = [
  { start: 0x4000_0000n, end: 0x407f_ffffn },
  { start: 0x5000_3000n, end: 0x5001_0fffn },
];

const arbitraryOptions = fc.record({
  seed: fc.integer(),
  fragmentation: fc.constantFrom(0, 0.3, 1),
  largestLeft: fc.constantFrom(0, 4, 9),
});

test('blocks are free, aligned to their size, and never overlap', () => {
  fc.assert(
    fc.property(arbitraryOptions, fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 60 }), (options, orders) => {
      const allocator = buddyAllocator(free, options);
      const taken = new Set<number>();
      for (const order of orders) {
        const pfn = allocator.allocate(order);
        if (pfn === undefined) continue;
        expect(pfn % 2 ** order).toBe(0);
        for (let page = pfn; page < pfn + 2 ** order; page++) {
          const address = BigInt(page) * 4096n;
          expect(free.some(({ start, end }) => start <= address && address + 4095n <= end)).toBe(true);
          expect(taken.has(page)).toBe(false);
          taken.add(page);
        }
      }
    }),
    { numRuns: 60, seed: 11 },
  );
});

test('every free page is given out, one by one', () => {
  const allocator = buddyAllocator(free, { seed: 1, fragmentation: 0 });
  const pages = new Set<number>();
  for (let pfn = allocator.allocate(0); pfn !== undefined; pfn = allocator.allocate(0)) pages.add(pfn);
  expect(pages.size).toBe(0x800 + 0xe);
});

test('a block is halved from below, as Linux does: single pages of a whole block follow each other', () => {
  const allocator = buddyAllocator([{ start: 0x4000_0000n, end: 0x403f_ffffn }], { seed: 1, fragmentation: 0 });
  expect(Array.from({ length: 5 }, () => allocator.allocate(0))).toEqual([0x40000, 0x40001, 0x40002, 0x40003, 0x40004]);
});

test('a broken block leaves no block above its order', () => {
  const allocator = buddyAllocator([{ start: 0x4000_0000n, end: 0x7fff_ffffn }], {
    seed: 5,
    fragmentation: 1,
    largestLeft: 3,
  });
  expect(allocator.allocate(4)).toBeUndefined();
  expect(allocator.allocate(3)).toBeDefined();
});

test('what is freed is given out again', () => {
  const allocator = buddyAllocator(free, { seed: 1, fragmentation: 0.5 });
  const pfn = allocator.allocate(2) ?? 0;
  allocator.free(pfn, 2);
  expect(allocator.allocate(2)).toBe(pfn);
});

test('is the same for the same seed, and another for another', () => {
  const draw = (seed: number): unknown[] => {
    const allocator = buddyAllocator([{ start: 0n, end: 0xffff_ffffn }], { seed, fragmentation: 0.5 });
    return Array.from({ length: 30 }, () => allocator.allocate(0));
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test.each<[what: string, options: Partial<BuddyOptions>]>([
  ['fragmentation', { fragmentation: Number.NaN }],
  ['fragmentation', { fragmentation: -0.1 }],
  ['fragmentation', { fragmentation: 2 }],
  ['order', { largestLeft: 10 }],
  ['order', { largestLeft: 0.5 }],
  ['seed', { seed: 1.5 }],
  ['seed', { seed: Number.NaN }],
])('of no sense: %s %o', (what, options) => {
  expect(() => buddyAllocator(free, { seed: 1, fragmentation: 0, ...options })).toThrow(
    expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(what) }),
  );
});

test('more free memory than a list can hold is refused; scattered pages need none', () => {
  const all = [{ start: 0n, end: (1n << 64n) - 1n }];
  expect(() => buddyAllocator(all, { seed: 1, fragmentation: 0 })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  expect(scatteredAllocator(all, 1).allocate(0)).toBeGreaterThan(0);
  expect(() => scatteredAllocator(all, Number.NaN)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});
