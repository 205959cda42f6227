import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PageAllocator, scatteredAllocator } from './allocator.ts';
import { buddyAllocator } from './buddy-allocator.ts';
import { CopyRuns } from './copy-runs.ts';
import { IND_SOURCE, RUN_PAGES, walkEntries } from './entry-list.ts';
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
  return [...walkEntries(image.head, (pfn) => words.get(pfn), 1 << 20, true)];
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

describe('contiguous sources', () => {
  const machine = [{ start: 0x1000_0000n, end: 0x4fff_ffffn }];
  const kernel = segment(0x2020_0000n, 5000);

  function runsOf(fragmentation: number, contiguous: boolean): { runs: number; lists: number; image: Kimage } {
    const image = new Kimage([kernel], buddyAllocator(machine, { seed: 4, fragmentation }), { contiguous });
    image.loadSegment(kernel);
    image.terminate();
    return { runs: CopyRuns.ofSegments(image.loaded).length, lists: image.lists.length, image };
  }

  test('on a fresh machine a segment is a run for each 4 MiB block; the halves of the last one follow each other', () => {
    expect(runsOf(0, true)).toMatchObject({ runs: 5, lists: 1 });
    expect(runsOf(0, false)).toMatchObject({ lists: 10 });
  });

  test('on a fragmented machine the runs are as long as blocks are left, not as the shortest are', () => {
    expect(runsOf(1, true).runs * 4).toBeLessThan(runsOf(1, false).runs);
  });

  test('the list makes the copies that the table of sources has', () => {
    const { image } = runsOf(0.7, true);
    const wanted = [...CopyRuns.ofSegments(image.loaded)].flatMap(({ source, destination, pages }) =>
      range(0, pages).map((page) => ({ source: source + page, destination: destination + page })),
    );
    expect(copiesOf(image)).toEqual(wanted);
  });

  test('the list has a word for each 256 pages of a run, which the kernel would not understand', () => {
    for (const fragmentation of [0, 0.7, 1]) {
      const { image } = runsOf(fragmentation, true);
      expect(image.lists.length).toBe(1);
      const words = new Uint32Array(image.lists[0]?.words.buffer ?? new ArrayBuffer(0));
      const runs = [...CopyRuns.ofSegments(image.loaded)];
      const expected = runs.reduce((sum, { pages }) => sum + Math.ceil(pages / RUN_PAGES), 0);
      const isSource = (word: number, at: number): boolean => at % 2 === 0 && (word & 0xf) === IND_SOURCE;
      expect(words.filter(isSource).length).toBe(expected);
      expect(() => [...walkEntries(image.head, () => words, 512)]).toThrow(/of no known kind/);
    }
  });

  test('what is left of a block is given back', () => {
    const freed: number[] = [];
    const blocks = [0x1001, 0x2000];
    // The first page that is given out is the second destination: it leaves one page less to find.
    const allocator: PageAllocator = {
      allocate: (order) => (order > 1 ? undefined : blocks.shift()),
      free: (pfn) => freed.push(pfn),
    };
    const two = segment(0x1000_000n, 2);
    const image = new Kimage([two], allocator, { contiguous: true });
    image.loadSegment(two);
    expect(CopyRuns.ofSegments(image.loaded).at(0)).toEqual({ source: 0x1002, destination: 0x1000, pages: 1 });
    expect(CopyRuns.ofSegments(image.loaded).at(1)).toEqual({ source: 0x1001, destination: 0x1001, pages: 1 });
    image.terminate();
    expect(freed).toEqual([]);
    expect(image.lists.map(({ pfn }) => pfn)).toEqual([0x2000]);
  });

  test('every destination is copied once and no source is clobbered, on any machine', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer(),
        fc.constantFrom(0, 0.5, 1),
        (a, b, seed, fragmentation) => {
          const segments = [segment(0x440000n, a), segment(0x4a0000n, b)];
          const free = [{ start: 0x40_0000n, end: 0xbf_ffffn }];
          const image = new Kimage(segments, buddyAllocator(free, { seed, fragmentation }), { contiguous: true });
          const control = image.controlPage();
          for (const each of segments) image.loadSegment(each);
          image.terminate();
          const copies = copiesOf(image);
          const destinations = new Set(segments.flatMap(({ mem }, i) => range(pfnOf(mem), i === 0 ? a : b)));
          const owned = [...image.lists.map(({ pfn }) => pfn), control];
          const sources = copies.map(({ source }) => source);
          expect(copies.map(({ destination }) => destination)).toEqual([...destinations]);
          expect(new Set([...sources, ...owned]).size).toBe(sources.length + owned.length);
          for (const { source, destination } of copies)
            expect(source === destination || !destinations.has(source)).toBe(true);
          for (const pfn of owned) expect(destinations.has(pfn)).toBe(false);
        },
      ),
      { numRuns: 100, seed: 3 },
    );
  });
});
