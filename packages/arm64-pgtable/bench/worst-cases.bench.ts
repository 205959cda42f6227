import {
  type Attributes,
  buildTables,
  checkSteps,
  checkTables,
  countTables,
  type Edit,
  type EditStep,
  type Mapping,
  planEdit,
  type Space,
  TableArena,
} from '@kexeckit/arm64-pgtable';
import type { Benchmark } from '@kexeckit/bench';

// What must stay linear whatever tables one is given: each at 1, 10 and 100 times its size.

const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const readOnly: Attributes = { type: 'Normal', writable: false, executable: false };
const uncached: Attributes = { type: 'Normal-NC', writable: true, executable: false };
const PAGE = 0x1000n;
const EVERYTHING = [{ start: 0n, end: (1n << 48n) - 1n }];
/** Tables lie here, far from what is mapped. */
const FIRST = 2 ** 35;

interface Live {
  readonly arena: TableArena;
  readonly root: number;
}

function live(mappings: readonly Mapping[]): Live {
  const arena = new TableArena(FIRST, countTables(space, mappings), 1024);
  return { arena, root: buildTables(space, mappings, arena.pages, arena) };
}

/** So many pages one behind the other, in level 3. */
const pages = (count: number): Mapping[] => [
  { va: 0n, pa: 0n, size: BigInt(count) * PAGE, attributes: readWrite, largestLevel: 3, contiguous: false },
];

/** So many mappings of one page each, as `of` says. */
const single = (count: number, of: (index: number) => Pick<Mapping, 'va' | 'pa' | 'attributes'>): Mapping[] =>
  Array.from({ length: count }, (_, index) => ({ ...of(index), size: PAGE, largestLevel: 3 }));

const st: EditStep = { kind: 'dsb', domain: 'ishst' };
const done: EditStep[] = [{ kind: 'tlbi', operation: 'vmalle1is' }, { kind: 'dsb', domain: 'ish' }, { kind: 'isb' }];

function planning(count: number, edit: Edit): () => void {
  const { arena, root } = live(pages(count));
  return () => {
    planEdit(space, root, arena, edit, []);
  };
}

function judging({ arena, root }: Live, steps: readonly EditStep[]): () => void {
  return () => {
    if (checkSteps(space, root, arena, steps).length > 0) throw new Error('the steps are safe');
  };
}

function unmapJudged(count: number): () => void {
  const state = live(pages(count));
  const edit: Edit = { kind: 'unmap', va: 0n, size: BigInt(count) * PAGE };
  return judging(state, planEdit(space, state.root, state.arena, edit, []).steps);
}

/** The entry of the root gets other limits (APTable): everything below it may be held as it was. */
function relinkJudged(count: number): () => void {
  const state = live(pages(count));
  const [low = 0] = state.arena.page(state.root);
  const high = Math.floor(FIRST / 2 ** 20) | (1 << 30);
  return judging(state, [{ kind: 'write', table: state.root, index: 0, low, high }, st, ...done]);
}

/** A page goes from access to access and comes back: everything that it ever was may be held. */
function rewriteJudged(count: number): () => void {
  const state = live(pages(1));
  const [table, high] = [FIRST + 2, 0x60_0000];
  const steps = Array.from(
    { length: count },
    (_, index): EditStep => ({ kind: 'write', table, index: 0, low: 0x703 | ((index & 3) << 6), high }),
  );
  return judging(state, [...steps, st, ...done]);
}

function checking(mappings: readonly Mapping[], findings: number): () => void {
  const { arena, root } = live(mappings);
  return () => {
    if (checkTables(space, root, arena, EVERYTHING).length !== findings) throw new Error('other findings');
  };
}

/** A table of level 3 that so many entries share, and that is emptied. */
function sharedJudged(count: number): () => void {
  const state = live(pages(512));
  const [top, table] = [state.arena.page(FIRST + 1), FIRST + 2];
  for (let index = 1; index < count; index++) top.set(top.subarray(0, 2), 2 * index);
  const steps = Array.from({ length: 512 }, (_, index): EditStep => ({ kind: 'write', table, index, low: 0, high: 0 }));
  return judging(state, [...steps, st, ...done]);
}

/** A cost, for one of so many. */
interface Cost {
  readonly name: string;
  readonly counts: readonly number[];
  readonly of: (count: number) => () => void;
}

const GIB_OF_PAGES = 2 ** 18;

const COSTS: readonly Cost[] = [
  {
    name: 'plan: unmap pages, one',
    counts: [0.64, 6.4, 64].map((gib) => gib * GIB_OF_PAGES),
    of: (count) => planning(Math.floor(count), { kind: 'unmap', va: 0n, size: 1n << 39n }),
  },
  {
    name: 'plan: protect a page among others, one of them',
    counts: [0.64, 6.4, 64].map((gib) => gib * GIB_OF_PAGES),
    of: (count) => planning(Math.floor(count), { kind: 'protect', va: PAGE, size: PAGE, attributes: readOnly }),
  },
  { name: 'judge: unmap pages, one', counts: [0.64, 6.4, 64].map((gib) => gib * GIB_OF_PAGES), of: unmapJudged },
  { name: 'judge: link on with other limits, a leaf', counts: [2_600, 26_000, 260_000], of: relinkJudged },
  { name: 'judge: give an entry one value after the other, a store', counts: [400, 4_000, 40_000], of: rewriteJudged },
  { name: 'judge: empty a table at several places, a place', counts: [2, 20, 200], of: sharedJudged },
  {
    name: 'check aliases of a page, one',
    counts: [400, 4_000, 40_000],
    of: (count) =>
      checking(
        single(count, (index) => ({
          va: BigInt(index) * PAGE,
          pa: 0x4000_0000n,
          attributes: index % 2 === 0 ? readWrite : uncached,
        })),
        count - 1,
      ),
  },
  {
    name: 'check writable pages beside each other, one',
    counts: [400, 4_000, 40_000],
    of: (count) =>
      checking(
        single(count, (index) => ({ va: BigInt(2 * index) * PAGE, pa: BigInt(index) * PAGE, attributes: readWrite })),
        0,
      ),
  },
];

/** Costs that grow with what one is given, a leaf each. */
export const benchmarks: Benchmark[] = COSTS.flatMap(({ name, counts, of }) =>
  counts.map((count): Benchmark => {
    const operations = Math.floor(count);
    return { name: `${name} of ${operations}`, operations, setup: () => of(operations) };
  }),
);
