import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Attributes,
  buildTables,
  countTables,
  type Mapping,
  outputSizes,
  PageTableError,
  type Space,
  shapeOf,
  TableArena,
  type TableMemory,
} from '../src/index.ts';
import { expectedLeaf, type Leaf, readAll, rootsOf } from './build-model.ts';
import { type Layout, layoutOf, spanAt } from './walker-descriptors.ts';

/** Spaces of all kinds: what is refused is tried again with other numbers. */
const anySpace: fc.Arbitrary<Space> = fc
  .record({
    granule: fc.constantFrom('4K', '16K', '64K'),
    vaBits: fc.integer({ min: 16, max: 52 }),
    regime: fc.constantFrom('EL1', 'EL2', 'EL2&0', 'stage2'),
    paBits: fc.constantFrom(undefined, 52, ...outputSizes),
    half: fc.constantFrom(undefined, 'upper'),
    lpa2: fc.constantFrom(undefined, undefined, true, false),
    startLevel: fc.constantFrom(undefined, undefined, -1, 0, 1, 2, 3),
  } satisfies { [Field in keyof Space]: fc.Arbitrary<Space[Field]> })
  .filter((space) => {
    try {
      return shapeOf(space).entries > 0;
    } catch (error) {
      if (error instanceof PageTableError) return false;
      throw error;
    }
  });

const anyAttributes: fc.Arbitrary<Attributes> = fc.record({
  type: fc.constantFrom('Normal', 'Device-nGnRE'),
  writable: fc.boolean(),
  executable: fc.boolean(),
  user: fc.boolean(),
});

/** Somewhere among so many pages: at the ends, where an address takes a bit more, or anywhere. */
const anyPlace = fc.record({
  at: fc.constantFrom('start', 'end', '32', '48', '50', 'anywhere', 'behind', 'behind'),
  fraction: fc.nat({ max: 2 ** 30 - 1 }),
  unit: fc.constantFrom(0, 1, 2, 3),
  beside: fc.constantFrom(0, 0, 0, 1, -1, 16, -3),
});

const anyPiece = fc.record({
  va: anyPlace,
  pa: anyPlace,
  /** As far from a multiple of a level's entry as the input is; undefined: wherever it comes. */
  alike: fc.constantFrom(undefined, 1, 2, 3),
  level: fc.constantFrom(0, 1, 2, 3, 3),
  count: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 300 }), fc.constant(2 ** 13)),
  more: fc.constantFrom(0, 0, 0, 1, 17, -1),
  attributes: anyAttributes,
  policy: fc.constantFrom<Pick<Mapping, 'largestLevel' | 'contiguous'>>(
    ...[{}, {}, { largestLevel: 3 }, { largestLevel: 2 }, { largestLevel: 1 }, { largestLevel: 0, contiguous: true }],
    ...[{ contiguous: false }, { largestLevel: 3, contiguous: false }],
  ),
});

type Place = (typeof anyPlace extends fc.Arbitrary<infer Value> ? Value : never) & object;
type Piece = (typeof anyPiece extends fc.Arbitrary<infer Value> ? Value : never) & object;

function placed(
  layout: Layout,
  { at, fraction, unit, beside }: Place,
  pages: bigint,
  all: bigint,
  last: bigint,
): bigint {
  const starts: Record<string, bigint> = { start: 0n, end: all - pages, behind: last };
  const bits = at === '32' || at === '48' || at === '50' ? 1n << (BigInt(at) - layout.shift) : undefined;
  const start = starts[at] ?? bits ?? (BigInt(fraction) * all) >> 30n;
  const span = spanAt(layout, unit);
  const aligned = at === 'anywhere' ? start - (start % span) : start;
  const moved = aligned + (at === 'behind' ? 0n : BigInt(beside));
  return moved < 0n ? 0n : moved + pages > all ? all - pages : moved;
}

/** Mappings that do not lie over each other, in any order. */
function mappingsOf(space: Space, layout: Layout, pieces: readonly Piece[]): Mapping[] {
  const outputPages = 1n << (BigInt(space.paBits ?? 48) - layout.shift);
  const smaller = layout.inputPages < outputPages ? layout.inputPages : outputPages;
  const taken: { from: bigint; to: bigint; frame: bigint; mapping: Mapping }[] = [];
  for (const { va, pa, alike, level, count, more, attributes, policy } of pieces) {
    const wanted = spanAt(layout, level) * BigInt(count) + BigInt(more);
    const pages = wanted < 1n ? 1n : wanted > smaller ? smaller : wanted;
    const last = taken.at(-1);
    const from = placed(layout, va, pages, layout.inputPages, last?.to ?? 0n);
    const anyhow = placed(layout, pa, pages, outputPages, last === undefined ? 0n : last.frame + last.to - last.from);
    const span = spanAt(layout, alike ?? 3);
    const same = anyhow - (anyhow % span) + (from % span);
    const frame = same + pages <= outputPages ? same : anyhow;
    if (taken.some((other) => from < other.to && other.from < from + pages)) continue;
    const bytes = { va: layout.base + (from << layout.shift), pa: frame << layout.shift, size: pages << layout.shift };
    taken.push({ from, to: from + pages, frame, mapping: { ...bytes, attributes, ...policy } });
  }
  return taken.map(({ mapping }) => mapping);
}

const DIRT = 0xdeadbeef;
/** Words that a try may take: what would be larger is counted only. */
const WORDS_MAX = 2 ** 19;

/** Pages of the output in some order, the joined roots in front; the memory is an arena or answers page by page. */
function poolOf(space: Space, count: number, where: number, order: string): { pages: number[]; arena: TableArena } {
  const { entries, outputPages } = shapeOf(space);
  const roots = rootsOf(layoutOf(space));
  const first = Math.floor((where * (outputPages - count)) / roots) * roots;
  const pages = Array.from({ length: count }, (_, index) => first + index);
  const rest = pages.splice(roots);
  if (order === 'descending') rest.reverse();
  if (order === 'mixed') rest.sort((a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009));
  return { pages: [...pages, ...rest], arena: new TableArena(first, count, 2 * entries) };
}

function expectLeaves(layout: Layout, mappings: readonly Mapping[], leaves: readonly Leaf[]): void {
  let at = 0;
  for (const mapping of mappings.toSorted((a, b) => (a.va < b.va ? -1 : 1))) {
    const first = (mapping.va - layout.base) >> layout.shift;
    const behind = first + (mapping.size >> layout.shift);
    for (let page = first; page < behind; at++) {
      const leaf = expectedLeaf(layout, mapping, page);
      const found = leaves[at];
      // One by one: the test's own comparison takes a hundred times as long.
      const isSame =
        found?.page === leaf.page &&
        found.frame === leaf.frame &&
        found.level === leaf.level &&
        found.attributes === leaf.attributes &&
        found.isHinted === leaf.isHinted;
      if (!isSame) expect(found).toEqual(leaf);
      page = leaf.page + spanAt(layout, leaf.level);
    }
  }
  expect(leaves.length).toBe(at);
}

test('every entry of every table is what the Arm ARM and the mappings ask for, in exactly the pages that were counted', () => {
  const seen = new Set<string>();
  let built = 0;
  const place = fc.nat({ max: 2 ** 20 }).map((number) => number / 2 ** 20);
  fc.assert(
    fc.property(
      anySpace,
      fc.array(anyPiece, { minLength: 1, maxLength: 7 }),
      place,
      fc.constantFrom('ascending', 'descending', 'mixed'),
      fc.boolean(),
      (space, pieces, where, order, isPlain) => {
        const layout = layoutOf(space);
        const mappings = mappingsOf(space, layout, pieces);
        const count = countTables(space, mappings);
        if (2 * count * layout.entries > WORDS_MAX || count > shapeOf(space).outputPages) return;
        const { pages, arena } = poolOf(space, count, where, order);
        const memory: TableMemory = isPlain ? arena : { page: (page) => arena.page(page) };
        arena.words.fill(DIRT);
        expect(() => buildTables(space, mappings, pages.slice(0, -1), memory)).toThrow(
          expect.objectContaining({ code: 'ENOMEM' }),
        );
        expect(arena.words.every((word) => word === DIRT)).toBe(true);
        const root = buildTables(space, mappings, pages, memory);
        const { tables, leaves } = readAll(layout, root, (page) => arena.page(page));
        expect(root).toBe(pages[0]);
        expect(tables.toSorted((a, b) => a - b)).toEqual(arena.pages);
        expectLeaves(layout, mappings, leaves);
        built += 1;
        seen.add(`${space.granule} ${layout.isLpa2 || layout.isLpa}`);
        if (rootsOf(layout) > 1) seen.add('joined');
      },
    ),
    { numRuns: 250, seed: 16 },
  );
  expect([...seen].sort()).toEqual(['16K false', '16K true', '4K false', '4K true', '64K false', '64K true', 'joined']);
  expect(built).toBeGreaterThan(150);
});
