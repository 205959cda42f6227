import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { highOfPage, lowOfPage } from './descriptor.ts';
import {
  buildTables,
  countTables,
  type DescriptorSource,
  type Mapping,
  type Space,
  shapeOf,
  sourceOf,
  TableArena,
  type TableMemory,
  TableWalker,
  type WalkFault,
} from './index.ts';

const readWrite = { type: 'Normal', writable: true, executable: false } as const;
const readOnly = { type: 'Normal', writable: false, executable: false } as const;

const wordsIn = (space: Space): number => 2 * shapeOf(space).entries;

/** From 0 up to 1, evenly. */
const fraction = fc.nat({ max: 2 ** 30 - 1 }).map((number) => number / 2 ** 30);

/** The same tables for who may read one descriptor at a time. */
const one = (arena: TableArena): DescriptorSource => ({ descriptor: arena.descriptor.bind(arena) });

describe('a walk in an arena ends as one that reads descriptor by descriptor', () => {
  const spaces: readonly Space[] = [
    { granule: '4K', vaBits: 39, regime: 'EL1' },
    { granule: '4K', vaBits: 48, regime: 'EL1', half: 'upper', setsAccessFlag: true },
    { granule: '4K', vaBits: 30, regime: 'EL2', paBits: 36 },
    { granule: '4K', vaBits: 20, regime: 'EL1', paBits: 32 },
    { granule: '4K', vaBits: 41, regime: 'stage2', startLevel: 1 },
    { granule: '4K', vaBits: 52, regime: 'EL1', paBits: 52 },
    { granule: '4K', vaBits: 48, regime: 'EL1', lpa2: true },
    { granule: '16K', vaBits: 48, regime: 'EL1' },
    { granule: '16K', vaBits: 47, regime: 'EL1' },
    { granule: '16K', vaBits: 52, regime: 'EL1', paBits: 52 },
    { granule: '64K', vaBits: 42, regime: 'EL1' },
    { granule: '64K', vaBits: 52, regime: 'EL1', paBits: 52 },
  ];
  const PAGES = 8;

  /** What a descriptor is made of: type, flag, other bits, and where it leads: into the arena, beside it, or anywhere. */
  const part = fc.record({
    index: fraction,
    type: fc.constantFrom(3, 3, 3, 3, 1, 0, 2),
    flags: fc.constantFrom(1 << 10, 1 << 10, 1 << 10, 0),
    high: fc.constantFrom(0, 0, 1 << 22, (1 << 30) | (1 << 20), 15 << 16),
    to: fc.integer({ min: -1, max: PAGES }),
    anywhere: fc.option(fraction, { freq: 5 }),
  });
  const firsts = [0, 16, 2 ** 20 - 16, 2 ** 24 - 4, 2 ** 32 - 4, 2 ** 32 - 16, 2 ** 32, 2 ** 35, 2 ** 36 - 8, 2 ** 38];
  const ended = new Set<WalkFault | number>();

  for (const space of spaces)
    test(JSON.stringify(space), () => {
      const shape = shapeOf(space);
      const all = 2 ** ((shape.format === 'VMSAv8-64' ? 48 : 52) - shape.pageShift);
      fc.assert(
        fc.property(
          fc.constantFrom(...firsts),
          fc.array(fc.tuple(fc.nat({ max: PAGES - 1 }), part), { minLength: 10, maxLength: 60 }),
          fc.array(fraction, { minLength: 4, maxLength: 8 }),
          (first, parts, places) => {
            const arena = new TableArena(first, PAGES, wordsIn(space));
            // Few entries are used, so that walks meet them: those of a few pages of the space.
            const pages = places.map((place) => Math.floor(place * shape.inputPages));
            for (const [table, { index, type, flags, high, to, anywhere }] of parts) {
              const page = pages[Math.floor(index * pages.length)] ?? 0;
              const output = anywhere === null ? Math.max(first + to, 0) : Math.floor(anywhere * all);
              for (let level = shape.startLevel; level < 4; level++) {
                const at = 2 * (Math.floor(page / (shape.spans[level + 1] ?? 1)) % shape.entries);
                const halves = [lowOfPage(shape, output) | type | flags, highOfPage(shape, output) | high];
                if ((to + level) % 3 !== 0) arena.page(first + table).set(halves, at);
              }
            }
            const root = first - (first % 4);
            const [fast, slow, words] = [arena, one(arena), sourceOf(arena)].map(
              (source) => new TableWalker(space, root, source),
            );
            for (const page of [...pages, -1, 0, shape.inputPages - 1, shape.inputPages, Number.NaN]) {
              const result = slow?.walk(page);
              const end = { fault: slow?.fault, level: slow?.level };
              ended.add(slow?.fault ?? slow?.level ?? 0);
              for (const walker of [fast, words]) {
                expect({ page, result: walker?.walk(page) }).toEqual({ page, result });
                expect(walker).toMatchObject(end);
                if (end.fault === null) expect(walker?.attributes()).toEqual(slow?.attributes());
                expect([walker?.low, walker?.high]).toEqual([slow?.low, slow?.high]);
              }
            }
          },
        ),
        { numRuns: 60, seed: 3 },
      );
    });

  test('in every way there is', () => {
    const faults = ['translation-fault', 'address-size-fault', 'access-flag-fault', 'external-abort'];
    expect(ended).toEqual(new Set([...faults, 0, 1, 2, 3]));
  });

  test('also where joined root tables are not all in it', () => {
    const space: Space = { granule: '4K', vaBits: 41, regime: 'stage2', startLevel: 1 };
    const arena = new TableArena(4, 3, wordsIn(space));
    const [fast, slow] = [arena, one(arena)].map((source) => new TableWalker(space, 4, source));
    for (const joined of [0, 1, 2, 3]) {
      expect(fast?.walk(joined * 2 ** 27)).toBe(-1);
      slow?.walk(joined * 2 ** 27);
      expect(fast?.fault).toBe(joined < 3 ? 'translation-fault' : 'external-abort');
      expect(slow?.fault).toBe(fast?.fault);
    }
  });

  test('also where an arena has pages of another granule, no root, or more words than pages', () => {
    const space: Space = { granule: '64K', vaBits: 42, regime: 'EL1' };
    for (const arena of [
      new TableArena(4, 2, 1024),
      new TableArena(5, 2, wordsIn(space)),
      new TableArena(4, 1, wordsIn(space), new Uint32Array(3 * wordsIn(space)).fill(0x0006_0403)),
      new TableArena(4, 2, wordsIn(space), new Uint32Array(8).fill(0x0005_0403)),
    ]) {
      for (let at = 0; at < arena.words.length; at += 2) arena.words.set([0x0005_0403, 0], at);
      const [fast, slow] = [arena, one(arena)].map((source) => new TableWalker(space, 4, source));
      for (const page of [0, 1, 2 ** 13, 2 ** 22, 2 ** 26 - 1]) {
        expect(fast?.walk(page)).toBe(slow?.walk(page));
        expect(fast).toMatchObject({ fault: slow?.fault, level: slow?.level });
      }
    }
  });
});

describe('tables in an arena are those in any memory', () => {
  /** Each page alone, dirty before it is used. */
  function pagesAlone(space: Space, pages: readonly number[]): TableMemory {
    const content = new Map(pages.map((page) => [page, new Uint32Array(wordsIn(space)).fill(0xdeadbeef)]));
    return { page: (page) => content.get(page) ?? new Uint32Array() };
  }

  /** Where two pages differ first, or -1. */
  function firstOther(page: Uint32Array, other: Uint32Array): number {
    for (let at = 0; at < page.length; at++) if (page[at] !== other[at]) return at;
    return page.length === other.length ? -1 : page.length;
  }

  const mapped = (space: Space, page: number, frame: number, pages: number, index: number): Mapping => {
    const bytes = shapeOf(space).pageBytes;
    const base = space.half === 'upper' ? 2n ** 64n - 2n ** BigInt(space.vaBits) : 0n;
    return {
      va: base + BigInt(page) * BigInt(bytes),
      pa: BigInt(frame) * BigInt(bytes),
      size: BigInt(pages) * BigInt(bytes),
      attributes: index % 3 === 0 ? readOnly : readWrite,
      ...(index % 5 === 0 ? { largestLevel: 3 } : {}),
      ...(index % 7 === 0 ? { contiguous: false } : {}),
    };
  };

  const spaces: readonly Space[] = [
    { granule: '4K', vaBits: 39, regime: 'EL1' },
    { granule: '4K', vaBits: 48, regime: 'EL1', half: 'upper' },
    { granule: '4K', vaBits: 41, regime: 'stage2', startLevel: 1 },
    { granule: '4K', vaBits: 52, regime: 'EL1', paBits: 52 },
    { granule: '16K', vaBits: 47, regime: 'EL1' },
    { granule: '64K', vaBits: 48, regime: 'EL2', paBits: 52 },
  ];

  for (const space of spaces)
    test(`scattered, in ${JSON.stringify(space)}`, () => {
      const { inputPages, outputPages, entries } = shapeOf(space);
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fraction, fraction, fc.constantFrom(1, 1, 1, 2, 40, entries, 2 * entries + 3)), {
            minLength: 1,
            maxLength: 300,
            size: 'max',
          }),
          fc.boolean(),
          (places, reversed) => {
            const starts = [...new Set(places.map(([at]) => Math.floor(at * (inputPages - 3 * entries))))].sort(
              (a, b) => a - b,
            );
            const mappings = starts.map((page, index) => {
              const [, to = 0, length = 1] = places[index] ?? [];
              const pages = Math.min(length, (starts[index + 1] ?? inputPages) - page);
              return mapped(space, page, Math.floor(to * (outputPages - 3 * entries)), pages, index);
            });
            const count = countTables(space, mappings);
            const arena = new TableArena(8, 2 * count + 4, wordsIn(space));
            arena.words.fill(0xdeadbeef);
            // Joined roots lie in a row from a multiple of 4 on; the others backwards, or with a gap behind every seventh.
            const place = (index: number): number =>
              reversed ? count + 11 - index : index + 8 + Math.floor(index / 7);
            const order = Array.from({ length: count }, (_, index) => (index < 4 ? 8 + index : place(index)));
            const alone = pagesAlone(space, order);
            const untouched = new Uint32Array(wordsIn(space)).fill(0xdeadbeef);
            expect(buildTables(space, mappings, order, arena)).toBe(buildTables(space, mappings, order, alone));
            for (const page of order) expect(firstOther(arena.page(page), alone.page(page))).toBe(-1);
            for (const page of arena.pages)
              if (!order.includes(page)) expect(firstOther(arena.page(page), untouched)).toBe(-1);
          },
        ),
        { numRuns: space.granule === '4K' ? 6 : 3, seed: 5, endOnFailure: true },
      );
    });
});
