import * as fc from 'fast-check';
import {
  type Attributes,
  addressInSpace,
  applyEdit,
  buildTables,
  countTables,
  type DescriptorSource,
  type Edit,
  type EditOptions,
  type EditPlan,
  type Granule,
  type Mapping,
  type PaBits,
  PageTableError,
  planEdit,
  type Space,
  shapeOf,
  type TableMemory,
  tablesForEdit,
} from '../src/index.ts';

/** What to edit, and how. */
export interface Script {
  readonly space: Space;
  readonly initial: readonly Mapping[];
  readonly edits: readonly Edit[];
  readonly options: EditOptions;
  /** How many of the edits are done as one. */
  readonly batch: number;
}

const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const kinds: Attributes[] = [
  readWrite,
  { ...readWrite, writable: false },
  { ...readWrite, writable: false, executable: true },
  { ...readWrite, type: 'Normal-NC' },
];

export const hasAsids = ({ regime }: Space): boolean => regime === 'EL1' || regime === 'EL2&0';

/** What spaces and CPUs differ in most: the layout of descriptors, the stage, and the level of FEAT_BBM. */
export interface Kind {
  readonly granule: Granule;
  readonly paBits: PaBits;
  readonly stage: 1 | 2;
  readonly bbm: 0 | 1 | 2;
}

export const allKinds: readonly Kind[] = (['4K', '16K', '64K'] as const).flatMap((granule) =>
  ([48, 52] as const).flatMap((paBits) =>
    ([1, 2] as const).flatMap((stage) => ([0, 1, 2] as const).map((bbm) => ({ granule, paBits, stage, bbm }))),
  ),
);

function spaceOf({ granule, paBits, stage }: Kind): fc.Arbitrary<Space> {
  const longest = granule === '64K' || paBits === 52 ? 52 : 48;
  // Without LPA2, 16K tables of stage 2 do not start at level 0.
  const vaBits = fc.integer({ min: 32, max: granule === '16K' && stage === 2 && paBits === 48 ? 47 : longest });
  const regime =
    stage === 2 ? fc.constant<Space['regime']>('stage2') : fc.constantFrom<Space['regime']>('EL1', 'EL2', 'EL2&0');
  const half = fc.constantFrom<'lower' | 'upper'>('lower', 'upper');
  return fc
    .record({ granule: fc.constant(granule), paBits: fc.constant(paBits), vaBits, regime, half })
    .map((space) => (space.regime === 'EL2' || space.regime === 'stage2' ? { ...space, half: 'lower' } : space));
}

/** Scripts whose last edits meet single pages, contiguous groups, blocks and whole tables, all of them small. */
export function scriptOf(kind: Kind): fc.Arbitrary<Script> {
  return spaceOf(kind).chain((space) => scriptIn(space, kind.bbm));
}

function scriptIn(space: Space, bbm: 0 | 1 | 2): fc.Arbitrary<Script> {
  const { pageShift, entries, contiguous } = shapeOf(space);
  const group = contiguous[3] ?? 1;
  const bytes = (pages: number): bigint => BigInt(pages) << BigInt(pageShift);
  const place = fc.oneof(
    fc.integer({ min: 0, max: 2 }).map((n) => n * entries),
    fc.integer({ min: 0, max: 3 }).map((n) => n * group),
    fc.integer({ min: 0, max: 2 * group }),
  );
  const va = place.map((page) => addressInSpace(space, page));
  const size = place.map((pages) => bytes(Math.max(pages, 1)));
  const attributes = fc.constantFrom(
    ...(hasAsids(space) ? [...kinds, ...kinds.map((kind) => ({ ...kind, notGlobal: true }))] : kinds),
  );
  const first = addressInSpace(space, 0);
  // Whole tables come and go with these.
  const tables = fc.integer({ min: 1, max: 3 }).map((count) => ({ va: first, size: bytes(count * entries) }));
  const at = fc.oneof({ weight: 2, arbitrary: fc.record({ va, size }) }, { weight: 1, arbitrary: tables });
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc
      .record({ at, attributes, shift: fc.constantFrom(0, 0, 1, 8 * entries) })
      .map(({ at: { va, size }, attributes, shift }): Edit => {
        const pa = va - addressInSpace(space, 0) + bytes(shift);
        return { kind: 'map', mapping: { va, pa, size, attributes } };
      }),
    at.map((range): Edit => ({ kind: 'unmap', ...range })),
    fc.record({ at, attributes }).map(({ at, attributes }): Edit => ({ kind: 'protect', ...at, attributes })),
    va.map((va): Edit => ({ kind: 'split', va, level: 3 })),
    at.map((range): Edit => ({ kind: 'merge', ...range })),
    fc.constant<Edit>({ kind: 'merge', va: first }),
  );
  const initial = attributes.chain((attributes) =>
    fc.constantFrom<Mapping[]>(
      [],
      [{ va: first, pa: bytes(16 * entries), size: bytes(2 * entries), attributes }],
      [{ va: first, pa: bytes(16), size: bytes(2 * group), attributes, contiguous: false }],
      [{ va: first, pa: bytes(entries), size: bytes(entries + 2 * group), attributes, largestLevel: 3 }],
    ),
  );
  const options = fc.record({
    bbm: fc.constant(bbm),
    tlbiLimit: fc.constantFrom(4, 1000),
    rangeTlbi: fc.boolean(),
    ...(hasAsids(space) ? { asid: fc.constantFrom(undefined, 5) } : {}),
  });
  return fc.record({
    space: fc.constant(space),
    initial,
    edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
    options: options.map(withoutUndefined),
    batch: fc.constantFrom(1, 1, 2, 3),
  });
}

/** Scripts for tables that hold both what is global and what is of one identifier, and come and go page by page. */
export function tableScripts(): fc.Arbitrary<Script> {
  const space = fc.constantFrom<Space>(
    { granule: '4K', vaBits: 39, regime: 'EL1', half: 'upper' },
    { granule: '4K', vaBits: 32, regime: 'EL2&0' },
    { granule: '16K', vaBits: 47, regime: 'EL1' },
  );
  return space.chain((chosen) => {
    const { pageShift, entries } = shapeOf(chosen);
    const bytes = (pages: number): bigint => BigInt(pages) << BigInt(pageShift);
    const pages = fc.constantFrom(0, 1, 2, entries, entries + 1, 2 * entries);
    const range = fc
      .record({ page: pages, count: fc.constantFrom(1, 1, 2, entries, 2 * entries) })
      .map(({ page, count }) => ({ va: addressInSpace(chosen, page), size: bytes(count) }));
    const attributes = fc.constantFrom<Attributes>(
      readWrite,
      { ...readWrite, notGlobal: true },
      { ...readWrite, notGlobal: true },
      { ...readWrite, accessed: false },
    );
    const piece = fc.record({ page: pages, attributes }).map(({ page, attributes }) => ({
      ...{ va: addressInSpace(chosen, page), pa: bytes(page + 16 * entries), size: bytes(1) },
      ...{ attributes, largestLevel: 3 },
    }));
    const edit = fc.oneof(
      range.map((at): Edit => ({ kind: 'unmap', ...at })),
      range.map((at): Edit => ({ kind: 'unmap', ...at })),
      fc
        .record({ at: piece, attributes })
        .map(({ at: { va, size }, attributes }): Edit => ({ kind: 'protect', va, size, attributes })),
      piece.map((mapping): Edit => ({ kind: 'map', mapping })),
    );
    return fc.record({
      space: fc.constant(chosen),
      initial: fc.uniqueArray(piece, { minLength: 2, maxLength: 6, selector: ({ va }) => va }),
      edits: fc.array(edit, { minLength: 2, maxLength: 6 }),
      options: fc.record({
        bbm: fc.constantFrom<0 | 1 | 2>(0, 2),
        tlbiLimit: fc.constantFrom(1, 2, 512),
        rangeTlbi: fc.boolean(),
        asid: fc.constant(5),
      }),
      batch: fc.constantFrom(1, 1, 2),
    });
  });
}

function withoutUndefined({ asid, ...rest }: { asid?: number | undefined } & Omit<EditOptions, 'asid'>): EditOptions {
  return asid === undefined ? rest : { ...rest, asid };
}

/** Pages that were given; what was never written is full of what looks like descriptors. */
export class Memory implements TableMemory, DescriptorSource {
  readonly #content = new Map<number, Uint32Array>();
  readonly #words: number;

  constructor(words: number) {
    this.#words = words;
  }

  give(pages: Iterable<number>): void {
    const words = this.#words;
    for (const page of pages) {
      const content = new Uint32Array(words);
      for (let at = 0; at < words; at += 2) content.set([0x7ff0_0703, 0], at);
      this.#content.set(page, content);
    }
  }

  page(page: number): Uint32Array {
    const words = this.#content.get(page);
    if (words === undefined) throw new Error(`page ${page} was not given`);
    return words;
  }

  descriptor(table: number, index: number): { low: number; high: number } | undefined {
    const words = this.#content.get(table);
    return words && { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
  }

  equals(other: Memory): boolean {
    return [...this.#content].every(([page, words]) => other.page(page).every((word, at) => words[at] === word));
  }

  copy(): Memory {
    const copy = new Memory(this.#words);
    for (const [page, words] of this.#content) copy.#content.set(page, words.slice());
    return copy;
  }
}

/** The last edit of a script, planned for tables that the others made. */
export interface Planned {
  readonly space: Space;
  readonly root: number;
  readonly memory: Memory;
  readonly plan: EditPlan;
  readonly edits: readonly Edit[];
  readonly options: EditOptions;
}

/** Plans that were carried out one after the other. */
export interface Done {
  readonly space: Space;
  readonly root: number;
  /** The tables before the first plan; with them the pages that were taken later. */
  readonly memory: Memory;
  readonly plans: readonly Planned[];
}

/** Carries out edits, as many at once as is said, each in what those before it left. */
export function planAll({ space, initial, edits, options, batch }: Script): Done {
  const memory = new Memory(shapeOf(space).pageBytes / 4);
  let next = 0x9000;
  const fresh = (count: number, memories: readonly Memory[]): number[] => {
    const pages = Array.from({ length: count }, (_, index) => next + 3 * index);
    next += 3 * count;
    for (const each of memories) each.give(pages);
    return pages;
  };
  const root = buildTables(space, initial, fresh(countTables(space, initial), [memory]), memory);
  const start = memory.copy();
  const plans: Planned[] = [];
  for (let at = 0; at < edits.length; at += batch) {
    const together = edits.slice(at, at + batch);
    try {
      const pool = fresh(tablesForEdit(space, root, memory, together, options), [memory, start]);
      const plan = planEdit(space, root, memory, together, pool, options);
      if (plan.takes.length !== pool.length)
        throw new Error(`${plan.takes.length} pages are taken, not ${pool.length}`);
      plans.push({ space, root, memory: memory.copy(), plan, edits: together, options });
      applyEdit(plan, memory);
    } catch (error) {
      // What makes no sense for what is mapped is refused, and leaves things as they are.
      if (!(error instanceof PageTableError)) throw error;
    }
  }
  return { space, root, memory: start, plans };
}

/** The last plan of a script, for tables that the others made; undefined where nothing could be done. */
export function planLast(script: Script): Planned | undefined {
  const { edits, batch } = script;
  const done = planAll(script).plans.at(-1);
  return done?.edits[0] === edits[Math.floor((edits.length - 1) / batch) * batch] ? done : undefined;
}
