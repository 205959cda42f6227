import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PageAllocator, scatteredAllocator } from './allocator.ts';
import { walkEntries } from './entry-list.ts';
import { RelocationError } from './error.ts';
import { Kimage } from './kimage.ts';
import { addressOf, pfnOf } from './page.ts';
import type { Segment } from './segment.ts';

/** Hands pages out in the given order. */
function listAllocator(pages: readonly number[]): PageAllocator {
  const left = [...pages];
  return { allocate: () => left.shift(), free() {} };
}

const segment = (mem: bigint, pages: number): Segment => ({ name: 's', mem, memsz: BigInt(pages) * 4096n, bufsz: 0n });

/** The copies of a loaded image, read from its list as the routine does. */
function copiesOf(image: Kimage): { source: number; destination: number }[] {
  const words = new Map(image.lists.map(({ pfn, words }) => [pfn, new Uint32Array(words.buffer)]));
  return [...walkEntries(image.head, (pfn) => words.get(pfn), 1 << 20)];
}

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

describe('source pages', () => {
  test('a page that is its own destination stays', () => {
    const image = new Kimage([segment(0x1000000n, 4)], listAllocator([0x500, ...range(0x1000, 4)]));
    image.loadSegment(segment(0x1000000n, 4));
    image.terminate();
    expect(copiesOf(image)).toEqual(range(0x1000, 4).map((pfn) => ({ source: pfn, destination: pfn })));
  });

  test('a page that is a later destination is parked until its turn', () => {
    const image = new Kimage([segment(0x1000000n, 2)], listAllocator([0x500, 0x1001, 0x600]));
    image.loadSegment(segment(0x1000000n, 2));
    image.terminate();
    expect(copiesOf(image)).toEqual([
      { source: 0x600, destination: 0x1000 },
      { source: 0x1001, destination: 0x1001 },
    ]);
  });

  test('a page that is an earlier destination takes its content over', () => {
    const image = new Kimage([segment(0x1000000n, 2)], listAllocator([0x500, 0x600, 0x1000]));
    image.loadSegment(segment(0x1000000n, 2));
    image.terminate();
    expect(copiesOf(image)).toEqual([
      { source: 0x1000, destination: 0x1000 },
      { source: 0x600, destination: 0x1001 },
    ]);
  });

  test('the list chains every 511 words', () => {
    const image = new Kimage([segment(0x1000000n, 1200)], listAllocator(range(0x5000, 2000)));
    image.loadSegment(segment(0x1000000n, 1200));
    image.terminate();
    expect(image.lists.length).toBe(3);
    expect(copiesOf(image).length).toBe(1200);
    expect(image.lists[0]?.words[511]).toBe(addressOf(image.lists[1]?.pfn ?? 0) | 2n);
  });

  test('an image without copies is a DONE word', () => {
    const image = new Kimage([], listAllocator([]));
    image.terminate();
    expect(image.head).toBe(4n);
  });

  test('running dry is ENOMEM', () => {
    const image = new Kimage([segment(0x1000000n, 4)], listAllocator([0x500, 0x501]));
    expect(() => image.loadSegment(segment(0x1000000n, 4))).toThrow(RelocationError);
  });
});

test('whatever the allocator hands out, every destination is copied once and no source is clobbered', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), fc.integer(), (a, b, seed) => {
      const segments = [segment(0x40000n, a), segment(0x90000n, b)];
      // A small machine, so that most pages are some destination.
      const image = new Kimage(segments, scatteredAllocator([{ start: 0n, end: 0x15_ffffn }], seed));
      const control = image.controlPage();
      for (const each of segments) image.loadSegment(each);
      image.terminate();
      const copies = copiesOf(image);
      const destinations = new Set(segments.flatMap(({ mem }, i) => range(pfnOf(mem), i === 0 ? a : b)));
      expect(new Set(copies.map(({ destination }) => destination))).toEqual(destinations);
      expect(new Set(copies.map(({ source }) => source)).size).toBe(copies.length);
      for (const { source, destination } of copies)
        expect(source === destination || !destinations.has(source)).toBe(true);
      expect(destinations.has(control)).toBe(false);
    }),
    { numRuns: 200, seed: 3 },
  );
});

describe('the scattered allocator', () => {
  const free = [
    { start: 0x1000n, end: 0x8fffn },
    { start: 0x20000n, end: 0x20fffn },
  ];

  test('hands every free page out once, then none', () => {
    const allocator = scatteredAllocator(free, 5);
    const pages = Array.from({ length: 9 }, () => allocator.allocate(0));
    expect(new Set(pages)).toEqual(new Set([...range(1, 8), 0x20]));
    expect(allocator.allocate(0)).toBeUndefined();
  });

  test('is the same for the same seed, and another for another', () => {
    const draw = (seed: number): unknown[] => {
      const allocator = scatteredAllocator([{ start: 0n, end: 0xffff_ffffn }], seed);
      return Array.from({ length: 50 }, () => allocator.allocate(0));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});
