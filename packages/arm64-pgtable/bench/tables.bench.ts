import {
  type Attributes,
  buildTables,
  countTables,
  type Mapping,
  type Space,
  TableArena,
  TableWalker,
  walk,
} from '@kexeckit/arm64-pgtable';
import { type Benchmark, cProgram } from '@kexeckit/bench';

const NORMAL: Attributes = { type: 'Normal', writable: true, executable: false };
const PAGE = 0x1000n;
const GIB = 1n << 30n;
const TIB = 1n << 40n;
const SCATTERED = 20_000;
const WALKS = 4096;
const PAGE_WORDS = 1024;

const identity = (start: bigint, size: bigint, largestLevel: number): Mapping => ({
  va: start,
  pa: start,
  size,
  attributes: NORMAL,
  largestLevel,
  contiguous: false,
});

/** Numbers below 2^24, the same in every run and in tables.c. */
function* random(): Generator<number, never> {
  for (let state = 12345; ; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    yield state >>> 8;
  }
}

/** Different pages of 64 GiB, ascending. */
function scattered(): Mapping[] {
  const pages = new Set<number>();
  for (const page of random()) if (pages.add(page).size === SCATTERED) break;
  return [...pages].sort((a, b) => a - b).map((page) => identity(BigInt(page) << 12n, PAGE, 3));
}

/** What is built: its mappings, the leaves that a time counts for, and its name in tables.c. */
interface Build {
  readonly name: string;
  readonly vaBits: number;
  readonly leaves: number;
  readonly mappings: () => Mapping[];
  readonly inC: string;
}

const BUILDS: Build[] = [
  { name: '1 GiB in 4 KiB pages', vaBits: 39, leaves: 2 ** 18, mappings: () => [identity(GIB, GIB, 3)], inC: 'pages' },
  {
    name: '1 TiB in 2 MiB blocks',
    vaBits: 48,
    leaves: 2 ** 19,
    mappings: () => [identity(GIB, TIB, 2)],
    inC: 'blocks',
  },
  {
    name: '1 TiB in 1 GiB blocks',
    vaBits: 48,
    leaves: 2 ** 10,
    mappings: () => [identity(GIB, TIB, 1)],
    inC: 'gigabytes',
  },
  { name: `${SCATTERED} scattered pages`, vaBits: 39, leaves: SCATTERED, mappings: scattered, inC: 'scattered' },
];

const spaceOf = (vaBits: number): Space => ({ granule: '4K', vaBits, regime: 'EL1' });
const inC = (what: string) => ({
  name: 'plain C',
  program: () => cProgram(new URL('../../bench/tables.c', import.meta.url), what),
});

function arenaFor(space: Space, mappings: readonly Mapping[]): TableArena {
  return new TableArena(0, countTables(space, mappings), PAGE_WORDS);
}

function building(space: Space, mappings: readonly Mapping[]): () => void {
  const arena = arenaFor(space, mappings);
  const walker = new TableWalker(space, buildTables(space, mappings, arena.pages, arena), arena);
  for (const { va, size } of mappings)
    for (const page of [va / PAGE, (va + size) / PAGE - 1n].map(Number))
      if (walker.walk(page) !== page) throw new Error(`page ${page} is not mapped`);
  return () => {
    buildTables(space, mappings, arena.pages, arena);
  };
}

/** What a caller does first. */
function sizing(space: Space, mappings: readonly Mapping[]): () => void {
  const expected = countTables(space, mappings);
  return () => {
    if (countTables(space, mappings) !== expected) throw new Error('the count changed');
  };
}

/** Random pages of the second gibibyte. */
function places(): number[] {
  const pages = random();
  return Array.from({ length: WALKS }, () => 0x40000 + (pages.next().value % 0x40000));
}

/** The tables of the dense build, and random places in it. */
function walking(walkAll: (space: Space, root: number, arena: TableArena, places: readonly number[]) => void) {
  return () => {
    const space = spaceOf(39);
    const mappings = [identity(GIB, GIB, 3)];
    const arena = arenaFor(space, mappings);
    const root = buildTables(space, mappings, arena.pages, arena);
    const all = places();
    return () => walkAll(space, root, arena, all);
  };
}

/** The cost of sizing and building tables, and of walking them. */
export const benchmarks: Benchmark[] = [
  ...BUILDS.map(
    ({ name, vaBits, leaves, mappings, inC: what }): Benchmark => ({
      name: `map ${name}, a leaf`,
      operations: leaves,
      setup: () => building(spaceOf(vaBits), mappings()),
      reference: inC(what),
    }),
  ),
  {
    name: `count the tables of ${SCATTERED} scattered pages, a leaf`,
    operations: SCATTERED,
    setup: () => sizing(spaceOf(39), scattered()),
  },
  {
    name: 'walk to a random page',
    operations: WALKS,
    setup: walking((space, root, arena, all) => {
      const walker = new TableWalker(space, root, arena);
      for (const page of all) if (walker.walk(page) !== page) throw new Error(`page ${page} is not mapped`);
    }),
    reference: inC('walk'),
  },
  {
    name: 'walk to a random page, telling every step',
    operations: WALKS,
    setup: walking((space, root, arena, all) => {
      for (const page of all) if (walk(space, root, arena, page).kind !== 'mapped') throw new Error(`page ${page}`);
    }),
    reference: inC('walk'),
  },
];
