import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  addressInSpace,
  buildTables,
  checkTables,
  countTables,
  type DescriptorSource,
  type Granule,
  geometryOf,
  listMappings,
  type Mapping,
  type PaBits,
  PageTableError,
  pageInSpace,
  type Space,
  spaceOfTcr,
  spaceOfVtcr,
  startLevel,
  TableArena,
  type TableMemory,
  TableWalker,
  translationRegisters,
  vaBitsFor,
  walk,
} from './index.ts';

const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const readOnly: Attributes = { type: 'Normal', writable: false, executable: false };
const code: Attributes = { type: 'Normal', writable: false, executable: true };
const device: Attributes = { type: 'Device-nGnRE', writable: true, executable: false };
const attributeChoices = [readWrite, readOnly, code, device];

/** Memory that holds only the pages it was given, so that a write elsewhere is an error. */
function arena(granule: Granule, pages: readonly number[]): TableMemory & DescriptorSource {
  const words = 2 ** geometryOf(granule).pageShift / 4;
  const content = new Map(pages.map((page) => [page, new Uint32Array(words).fill(0xdeadbeef)]));
  return {
    page(page) {
      const found = content.get(page);
      if (found === undefined) throw new Error(`write outside the given pages: ${page}`);
      return found;
    },
    descriptor(table, index) {
      const found = content.get(table);
      return found && { low: found[2 * index] ?? 0, high: found[2 * index + 1] ?? 0 };
    },
  };
}

const pageIn = (space: Space, va: bigint): number => pageInSpace(space, va) ?? Number.NaN;

const anySpace: fc.Arbitrary<Space> = fc
  .record({
    granule: fc.constantFrom<Granule>('4K', '16K', '64K'),
    vaBits: fc.integer({ min: 36, max: 52 }),
    regime: fc.constantFrom<Space['regime']>('EL1', 'EL2', 'EL2&0', 'stage2'),
    paBits: fc.constantFrom<PaBits>(48, 52),
    half: fc.constantFrom<'lower' | 'upper'>('lower', 'upper'),
  })
  .filter(
    ({ vaBits, granule, regime, paBits }) => granule !== '16K' || regime !== 'stage2' || vaBits < 48 || paBits > 48,
  )
  .map((space) => (space.regime === 'EL2' || space.regime === 'stage2' ? { ...space, half: 'lower' } : space));

/** Disjoint mappings in ascending order, some of them block-aligned, as gaps and lengths in pages. */
const anyMappings = (space: Space): fc.Arbitrary<Mapping[]> => {
  const shift = BigInt(geometryOf(space.granule).pageShift);
  const piece = fc.record({
    gap: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(2 ** geometryOf(space.granule).indexBits)),
    pages: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.constant(2 ** geometryOf(space.granule).indexBits)),
    shift: fc.constantFrom(0, 0, 1, 512),
    attributes: fc.constantFrom(...attributeChoices),
  });
  return fc.array(piece, { maxLength: 8 }).map((pieces) => {
    let page = 0;
    const mappings: Mapping[] = [];
    for (const { gap, pages, shift: offset, attributes } of pieces) {
      page += gap;
      if (BigInt(page + pages) << shift >= 1n << BigInt(space.vaBits)) break;
      mappings.push({
        va: addressInSpace(space, page),
        pa: BigInt(page + offset) << shift,
        size: BigInt(pages) << shift,
        attributes,
      });
      page += pages;
    }
    return mappings;
  });
};

test('building takes exactly the pages that were counted, and a walk of every page gives the mapping', () => {
  fc.assert(
    fc.property(
      anySpace.chain((space) => fc.tuple(fc.constant(space), anyMappings(space))),
      ([space, mappings]) => {
        const count = countTables(space, mappings);
        const pages = Array.from({ length: count }, (_, i) => 7 * i + 5);
        const memory = arena(space.granule, pages);
        const root = buildTables(space, mappings, pages, memory);
        expect(() => buildTables(space, mappings, pages.slice(1), memory)).toThrow(PageTableError);
        const rebuilt = arena(space.granule, pages);
        buildTables(space, mappings, pages, rebuilt);
        expect(listMappings(space, root, rebuilt).tables.length).toBe(count);
        const shift = BigInt(geometryOf(space.granule).pageShift);
        for (const { va, pa, size, attributes } of mappings) {
          for (const offset of [0n, size / 2n, size - 1n]) {
            const found = walk(space, root, rebuilt, pageIn(space, va + offset));
            expect(found).toMatchObject({ kind: 'mapped', frame: Number((pa + offset) >> shift), attributes });
          }
          const before = va - 1n;
          const isMapped = mappings.some((other) => other.va <= before && before < other.va + other.size);
          if (va > addressInSpace(space, 0) && !isMapped)
            expect(walk(space, root, rebuilt, pageIn(space, before)).kind).toBe('translation-fault');
        }
        const listed = listMappings(space, root, rebuilt).runs.reduce((sum, run) => sum + run.pages, 0);
        expect(BigInt(listed) << shift).toBe(mappings.reduce((sum, mapping) => sum + mapping.size, 0n));
      },
    ),
    { numRuns: 150, seed: 1 },
  );
});

test('the order of the mappings changes nothing, and what cannot be built is not begun', () => {
  fc.assert(
    fc.property(
      anySpace.chain((space) =>
        anyMappings(space).chain((mappings) =>
          fc.tuple(
            fc.constant(space),
            fc.constant(mappings),
            fc.shuffledSubarray(mappings, { minLength: mappings.length, maxLength: mappings.length }),
          ),
        ),
      ),
      ([space, mappings, shuffled]) => {
        const pages = Array.from({ length: countTables(space, mappings) }, (_, index) => index);
        expect(countTables(space, shuffled)).toBe(pages.length);
        const built = (given: readonly Mapping[]): Uint32Array => {
          const memory = new TableArena(0, pages.length, 2 ** geometryOf(space.granule).pageShift / 4);
          memory.words.fill(0x5a5a5a5a);
          buildTables(space, given, pages, memory);
          return memory.words;
        };
        expect(built(shuffled)).toEqual(built(mappings));
        const [first] = mappings;
        if (first === undefined) return;
        const memory = new TableArena(0, pages.length, 2 ** geometryOf(space.granule).pageShift / 4);
        memory.words.fill(0x5a5a5a5a);
        expect(() => buildTables(space, [...shuffled, first], pages, memory)).toThrow('two mappings hold');
        expect(memory.words.every((word) => word === 0x5a5a5a5a)).toBe(true);
      },
    ),
    { numRuns: 60, seed: 2 },
  );
});

describe('what the tables look like', () => {
  const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };

  test('1 GiB of RAM is one level-1 block: one table', () => {
    const mappings = [{ va: 0x40000000n, pa: 0x40000000n, size: 0x40000000n, attributes: readWrite }];
    const memory = arena('4K', [9]);
    const root = buildTables(space, mappings, [9], memory);
    // Block at level 1: OA 0x40000000, UXN and PXN, AF, inner shareable, Normal.
    expect(memory.descriptor(root, 1)).toEqual({ low: 0x40000701, high: 0x00600000 });
  });

  test('an executable page at EL1 and EL2 has the bits of the Arm ARM', () => {
    for (const [regime, bits] of [
      ['EL1', { low: 0x0020_0783, high: 1 << 22 }],
      ['EL2', { low: 0x0020_07c3, high: 0 }],
    ] as const) {
      const memory = arena('4K', [1, 2, 3]);
      const mappings = [{ va: 0x200000n, pa: 0x200000n, size: 0x1000n, attributes: code }];
      buildTables({ ...space, regime }, mappings, [1, 2, 3], memory);
      expect(memory.descriptor(3, 0)).toEqual(bits);
    }
  });

  test('groups of 16 pages that lie as their output does carry the contiguous hint', () => {
    const hinted = (first: number, frame: number, pages: number, more: Partial<Mapping> = {}): number[] => {
      const [va, pa, size] = [first, frame, pages].map((number) => BigInt(number) << 12n);
      const memory = arena('4K', [1, 2, 3]);
      const mapping = { va: va ?? 0n, pa: pa ?? 0n, size: size ?? 0n, attributes: readWrite, largestLevel: 3, ...more };
      buildTables(space, [mapping], [1, 2, 3], memory);
      return Array.from({ length: 512 }, (_, index) => index).filter(
        (index) => ((memory.descriptor(3, index)?.high ?? 0) & (1 << 20)) !== 0,
      );
    };
    const group = (first: number): number[] => Array.from({ length: 16 }, (_, index) => first + index);
    expect(hinted(32, 64, 16)).toEqual(group(32));
    expect(hinted(32, 64, 15)).toEqual([]);
    expect(hinted(31, 63, 18)).toEqual(group(32));
    expect(hinted(1, 17, 48)).toEqual([...group(16), ...group(32)]);
    expect(hinted(32, 65, 32)).toEqual([]);
    expect(hinted(32, 64, 16, { contiguous: false })).toEqual([]);
  });

  test('a 16K granule has no level-1 block', () => {
    const big: Space = { granule: '16K', vaBits: 47, regime: 'EL1' };
    const size = 1n << 36n;
    expect(countTables(big, [{ va: 0n, pa: 0n, size, attributes: readWrite }])).toBe(2);
  });

  test('the start level follows T0SZ', () => {
    expect(startLevel(geometryOf('4K'), 48)).toBe(0);
    expect(startLevel(geometryOf('4K'), 39)).toBe(1);
    expect(startLevel(geometryOf('4K'), 30)).toBe(2);
    expect(startLevel(geometryOf('64K'), 42)).toBe(2);
    expect(vaBitsFor(0x7fffffffn)).toBe(31);
    expect(vaBitsFor(0xfffn)).toBe(25);
  });
});

test('limits of the tables above a leaf hold however the tables are read', () => {
  const mapping = { va: 0n, pa: 0x8000_0000n, size: 0x1000n };
  for (const regime of ['EL1', 'EL2&0'] as const)
    for (const table of [0, 1])
      for (const bit of [59, 60, 61, 62]) {
        const space: Space = { granule: '4K', vaBits: 39, regime };
        const arena = new TableArena(0x100, 3, 1024);
        const open = {
          ...mapping,
          attributes: { ...readWrite, user: bit !== 59, executable: true, userExecutable: true },
        };
        const root = buildTables(space, [open], arena.pages, arena);
        const words = arena.page(0x100 + table);
        words[1] = (words[1] ?? 0) | (1 << (bit - 32));
        const byDescriptors = { descriptor: arena.descriptor.bind(arena) };
        const found = [arena, byDescriptors].map((source) => {
          const walker = new TableWalker(space, root, source);
          expect(walker.walk(0)).toBe(0x80000);
          return walker.attributes();
        });
        const { user = false, userExecutable = false, writable, executable } = found[0] ?? readWrite;
        expect({ user, userExecutable, writable, executable }).toEqual({
          user: bit === 60 || bit === 62,
          userExecutable: bit !== 60,
          writable: bit !== 62,
          executable: bit === 61 || bit === 62,
        });
        expect(found[1]).toEqual(found[0]);
      }
});

test('what EL0 may write is never executable at EL1, by the leaf or under the tables above it', () => {
  const open: Attributes = { type: 'Normal', writable: true, executable: true, user: true };
  for (const regime of ['EL1', 'EL2&0', 'EL2'] as const) {
    const space: Space = { granule: '4K', vaBits: 39, regime };
    const memory = arena('4K', [1, 2, 3]);
    buildTables(space, [{ va: 0n, pa: 0n, size: 0x1000n, attributes: open }], [1, 2, 3], memory);
    const executable = regime === 'EL2';
    expect(walk(space, 1, memory, 0)).toMatchObject({ attributes: { executable } });
    expect(listMappings(space, 1, memory).runs).toMatchObject([{ attributes: { executable } }]);
    const codes = checkTables(space, 1, memory, [{ start: 0n, end: 0xfffffn }]).map(({ code }) => code);
    expect(codes.includes('writable-executable')).toBe(executable);
    // APTable takes the write away, or EL0: then EL1 may.
    for (const limit of [1 << 30, 1 << 29]) {
      memory.page(1).set([0x2003, limit], 0);
      expect(walk(space, 1, memory, 0)).toMatchObject({ attributes: { executable: true } });
    }
  }
});

describe('registers', () => {
  test('TCR says what the space is, and reads back', () => {
    for (const granule of ['4K', '16K', '64K'] as const) {
      for (const regime of ['EL1', 'EL2'] as const) {
        const space: Space = { granule, vaBits: 40, regime };
        expect(spaceOfTcr(translationRegisters(space, 0x10000n).tcr, regime)).toEqual(space);
      }
    }
    const space: Space = { granule: '4K', vaBits: 40, regime: 'EL1', paBits: 40 };
    expect(translationRegisters(space, 0x1000n).tcr).toBe(0x280983518n);
    expect(translationRegisters({ ...space, regime: 'EL2' }, 0x1000n).tcr).toBe(0x80823518n);
  });
});

describe('what is refused', () => {
  const space: Space = { granule: '4K', vaBits: 30, regime: 'EL1' };
  const build = (...mappings: Mapping[]) => countTables(space, mappings);
  const page = { va: 0x1000n, pa: 0x1000n, size: 0x1000n, attributes: readWrite };

  test('attributes that a descriptor of the regime cannot hold', () => {
    const build = (regime: Space['regime'], more: object): number => {
      const mapping = { va: 0n, pa: 0n, size: 0x1000n, attributes: { ...readWrite, ...more } };
      const arena = new TableArena(0x100, 4, 1024);
      return buildTables({ granule: '4K', vaBits: 39, regime }, [mapping], arena.pages, arena);
    };
    const refused = expect.objectContaining({ name: 'PageTableError', code: 'EINVAL' });
    for (const regime of ['EL1', 'EL2', 'EL2&0', 'stage2'] as const) {
      for (const software of [16, 17, -1, 0.5, Number.NaN]) expect(() => build(regime, { software })).toThrow(refused);
      expect(() => build(regime, { shareability: 'all' })).toThrow(refused);
      const hasAsids = regime === 'EL1' || regime === 'EL2&0';
      if (hasAsids) expect(build(regime, { notGlobal: true })).toBe(0x100);
      else expect(() => build(regime, { notGlobal: true })).toThrow(refused);
      if (regime === 'stage2') expect(build(regime, { readable: false })).toBe(0x100);
      else expect(() => build(regime, { readable: false })).toThrow(refused);
    }
  });

  test('unaligned, empty, overlapping and out-of-range mappings', () => {
    expect(() => build({ ...page, va: 0x1001n })).toThrow(/not whole pages/);
    expect(() => build({ ...page, size: 0n })).toThrow(/not whole pages/);
    expect(() => build(page, page)).toThrow(/two mappings hold 0x1000/);
    for (const far of [-0x1000n, 1n << 64n, (1n << 64n) + 0x1000n])
      for (const wrong of [
        { ...page, va: far },
        { ...page, pa: far },
        { ...page, size: far },
      ])
        expect(() => build(wrong)).toThrow(/does not fit 30 bits|is not whole pages/);
    expect(() => build({ ...page, va: 1n << 30n })).toThrow(/30 bits/);
    expect(() => build({ ...page, va: 1n << 30n })).toThrow(
      expect.objectContaining({ code: 'ERANGE', hint: 'stay inside the space, or take more bits', address: 1n << 30n }),
    );
  });

  test('numbers that are no bigint', () => {
    for (const json of ['{"va":4096}', '{"pa":"0x1000"}', '{"size":null}']) {
      const mapping: Mapping = { ...page, ...JSON.parse(json) };
      expect(() => build(mapping)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    }
  });

  test('tables that point at themselves are reported, not followed for ever', () => {
    const memory = arena('4K', [1]);
    memory.page(1).fill(0);
    memory.page(1).set([0x1003, 0], 0);
    expect(() => listMappings({ granule: '4K', vaBits: 48, regime: 'EL1' }, 1, memory)).toThrow(/reached twice/);
  });
});

describe('stage 2 that starts a level lower than its size asks for', () => {
  const space: Space = { granule: '4K', vaBits: 41, regime: 'stage2', startLevel: 1 };
  const half = 1n << 39n; // what one table of level 1 covers
  const mappings: Mapping[] = [
    { va: 0x1000n, pa: 0x5000n, size: 0x1000n, attributes: readWrite },
    { va: half - 0x20_0000n, pa: 0x4000_0000n, size: 0x40_0000n, attributes: readOnly },
    { va: 3n * half, pa: 0n, size: half, attributes: code },
  ];

  test('gets its joined tables in a row, and every mapping in them', () => {
    const pages = Array.from({ length: countTables(space, mappings) }, (_, index) => 0x40 + index);
    const memory = arena('4K', pages);
    const root = buildTables(space, mappings, pages, memory);
    expect(root).toBe(0x40);
    const { runs, tables } = listMappings(space, root, memory);
    expect(runs.map(({ page, frame, pages: count }) => [page, frame, count])).toEqual([
      [1, 5, 1],
      [2 ** 27 - 512, 0x40000, 1024],
      [3 * 2 ** 27, 0, 2 ** 27],
    ]);
    expect(tables.toSorted((a, b) => a - b)).toEqual(pages);
    expect(walk(space, root, memory, 2 ** 27)).toMatchObject({ kind: 'mapped', frame: 0x40200, level: 2 });
  });

  test('refuses pages that are not in a row, and more than 16 tables', () => {
    const memory = arena('4K', [0x40, 0x41, 0x42, 0x43, 0x44, 0x45]);
    const scattered = [0x40, 0x41, 0x43, 0x42, 0x44, 0x45];
    expect(() => buildTables(space, mappings, scattered, memory)).toThrow(/table page 0x43 cannot be number 2 of 4/);
    expect(() => buildTables(space, mappings, [0x41, 0x42, 0x43, 0x44, 0x45], memory)).toThrow(
      /0x41 cannot be number 0 of 4/,
    );
    expect(() => countTables({ ...space, vaBits: 44 }, [])).toThrow(
      expect.objectContaining({ hint: 'leave startLevel out: it is 0 then' }),
    );
    expect(() => countTables({ ...space, regime: 'EL1' }, [])).toThrow(/41 bits of address cannot start at level 1/);
    expect(() => countTables({ ...space, vaBits: 30, startLevel: 0 }, [])).toThrow(
      /30 bits of address cannot start at level 0/,
    );
  });

  test('16K tables start at level 0 with LPA2 only', () => {
    const wide: Space = { granule: '16K', vaBits: 48, regime: 'stage2' };
    expect(() => translationRegisters(wide, 0n)).toThrow(/cannot start at level 0 without LPA2/);
    const joined = { ...wide, startLevel: 1 };
    const { tcr } = translationRegisters(joined, 0n);
    expect(spaceOfVtcr(tcr)).toEqual(joined);
    expect(spaceOfVtcr(tcr | (3n << 6n))).toBeUndefined();
  });
});
