import {
  type Attributes,
  buildTables,
  countTables,
  type DescriptorSource,
  type Mapping,
  type Space,
  type TableMemory,
  walk,
} from '@kexeckit/arm64-pgtable';
import type { Benchmark } from '@kexeckit/bench';
import { type NaiveTables, naiveMap, naiveTables, naiveWalk } from './naive-tables.ts';

const SPACE: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const NORMAL: Attributes = { type: 'Normal', writable: true, executable: false };
/** The same attributes as bits: UXN, PXN, AF, inner shareable. */
const NORMAL_BITS = (3n << 53n) | 0x700n;
const PAGE = 0x1000n;
const MIB = 1n << 20n;
const GIB = 1n << 30n;
const SCATTERED = 20_000;
const WALKS = 4096;

const mapping = (va: bigint, size: bigint, offset = 0n): Mapping => ({
  va,
  pa: va + offset,
  size,
  attributes: NORMAL,
});

/** Numbers below 2^24, the same in every run. */
function* random(): Generator<number, never> {
  for (let state = 12345; ; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    yield state >>> 8;
  }
}

/** Different pages of 64 GiB, in no order. */
function scattered(): Mapping[] {
  const pages = new Set<number>();
  for (const page of random()) if (pages.add(page).size === SCATTERED) break;
  return [...pages].map((page) => mapping(BigInt(page) << 12n, PAGE));
}

/** What is built: its mappings, and the pages or blocks that a time is told for. */
const SPACES: [name: string, leaves: number, mappings: () => Mapping[]][] = [
  // An offset of one page leaves no block aligned on both sides.
  ['map 1 GiB in 4 KiB pages, a page', 512 * 512, () => [mapping(GIB, GIB, PAGE)]],
  ['map 64 GiB in 2 MiB blocks, a block', 64 * 512, () => [mapping(GIB, 64n * GIB, 2n * MIB)]],
  ['map 64 GiB in 1 GiB blocks, a block', 64, () => [mapping(GIB, 64n * GIB)]],
  [`map ${SCATTERED} scattered pages, a page`, SCATTERED, scattered],
];

interface Arena extends TableMemory, DescriptorSource {
  readonly pages: readonly number[];
}

function arenaFor(mappings: readonly Mapping[]): Arena {
  const tables = Array.from({ length: countTables(SPACE, mappings) }, () => new Uint32Array(1024));
  const tableAt = (page: number): Uint32Array => {
    const table = tables[page];
    if (table === undefined) throw new Error(`no table at ${page}`);
    return table;
  };
  return {
    pages: [...tables.keys()],
    page: tableAt,
    descriptor(page, index) {
      const table = tableAt(page);
      return { low: table[2 * index] ?? 0, high: table[2 * index + 1] ?? 0 };
    },
  };
}

/** Sizes the tables and builds them, as a caller must. */
function building(mappings: readonly Mapping[]): () => void {
  const arena = arenaFor(mappings);
  return () => {
    if (countTables(SPACE, mappings) !== arena.pages.length) throw new Error('the count changed');
    buildTables(SPACE, mappings, arena.pages, arena);
  };
}

function naiveBuild(mappings: readonly Mapping[]): NaiveTables {
  const space = naiveTables();
  for (const { va, pa, size } of mappings) naiveMap(space, va, pa, size, NORMAL_BITS);
  return space;
}

/** Random pages of the first gibibyte of RAM. */
function places(): number[] {
  const pages = random();
  return Array.from({ length: WALKS }, () => 0x40000 + (pages.next().value % 0x40000));
}

/** Walks through tables of 4 KiB pages, each one page away from the identity. */
const walks: Benchmark = {
  name: 'walk to a random page',
  operations: WALKS,
  setup() {
    const mappings = [mapping(GIB, GIB, PAGE)];
    const arena = arenaFor(mappings);
    const root = buildTables(SPACE, mappings, arena.pages, arena);
    const all = places();
    return () => {
      for (const page of all) {
        const found = walk(SPACE, root, arena, page);
        if (found.kind !== 'mapped' || found.page !== page + 1) throw new Error(`page ${page} is not mapped`);
      }
    };
  },
  reference: {
    name: 'bigint walk, no faults told',
    setup() {
      const space = naiveBuild([mapping(GIB, GIB, PAGE)]);
      const all = places().map((page) => BigInt(page) << 12n);
      return () => {
        for (const va of all) if (naiveWalk(space, va) !== va + PAGE) throw new Error(`${va} is not mapped`);
      };
    },
  },
};

/** The cost of sizing and building tables, and of walking them. */
export const benchmarks: Benchmark[] = [
  ...SPACES.map(
    ([name, operations, mappings]): Benchmark => ({
      name,
      operations,
      setup: () => building(mappings()),
      reference: {
        name: 'bigint descriptors, one by one',
        setup() {
          const all = mappings();
          return () => {
            naiveBuild(all);
          };
        },
      },
    }),
  ),
  walks,
];
