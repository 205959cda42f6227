import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Attributes,
  addressInSpace,
  applyEdit,
  buildTables,
  checkSteps,
  countTables,
  type DescriptorSource,
  type Edit,
  type EditOptions,
  type EditPlan,
  type EditStep,
  type Granule,
  geometryOf,
  listMappings,
  type Mapping,
  outputPage,
  type PaBits,
  PageTableError,
  planEdit,
  type Space,
  sameAttributes,
  shapeOf,
  type TableMemory,
  tablesForEdit,
} from '../index.ts';

const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const readOnly: Attributes = { type: 'Normal', writable: false, executable: false };
const code: Attributes = { type: 'Normal', writable: false, executable: true };
const uncached: Attributes = { type: 'Normal-NC', writable: true, executable: false };
const choices = [readWrite, readOnly, code, uncached];
/** What belongs to one address space identifier. */
const ownChoices = [...choices, ...choices.map((one): Attributes => ({ ...one, notGlobal: true }))];

/** Memory of the pages it was given and no others; `owned` can grow by the pages of a pool. */
class Pages implements TableMemory, DescriptorSource {
  readonly content = new Map<number, Uint32Array>();
  readonly #words: number;

  constructor(granule: Granule) {
    this.#words = 2 ** geometryOf(granule).pageShift / 4;
  }

  give(pages: Iterable<number>): void {
    for (const page of pages) this.content.set(page, new Uint32Array(this.#words).fill(0xdeadbeef));
  }

  page(page: number): Uint32Array {
    const words = this.content.get(page);
    if (words === undefined) throw new Error(`page ${page} was not given`);
    return words;
  }

  descriptor(table: number, index: number) {
    const words = this.content.get(table);
    return words && { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
  }

  copy(granule: Granule): Pages {
    const copy = new Pages(granule);
    for (const [page, words] of this.content) copy.content.set(page, words.slice());
    return copy;
  }
}

/** One address space being edited, with a model that holds every page: virtual page to output and attributes. */
class Bench {
  readonly space: Space;
  readonly memory: Pages;
  readonly root: number;
  readonly model = new Map<number, { frame: number; attributes: Attributes }>();
  free: number[] = [];
  tables: number[];
  #next = 0x9000;

  constructor(space: Space, mappings: readonly Mapping[]) {
    this.space = space;
    this.memory = new Pages(space.granule);
    this.tables = this.#fresh(countTables(space, mappings));
    this.memory.give(this.tables);
    this.root = buildTables(space, mappings, this.tables, this.memory);
    for (const mapping of mappings) this.#modelMap(mapping);
  }

  #fresh(count: number): number[] {
    return Array.from({ length: count }, () => {
      this.#next += 3;
      return this.#next;
    });
  }

  page(va: bigint): number {
    return Number((va - addressInSpace(this.space, 0)) >> this.shift);
  }

  get shift(): bigint {
    return BigInt(geometryOf(this.space.granule).pageShift);
  }

  #modelMap({ va, pa, size, attributes }: Mapping): void {
    const [from, to, pages] = [this.page(va), Number(pa >> this.shift), Number(size >> this.shift)];
    for (let index = 0; index < pages; index++) this.model.set(from + index, { frame: to + index, attributes });
  }

  /** What the model says of an edit: false where it must be refused. */
  #modelEdit(edit: Edit): boolean {
    if (edit.kind === 'split') return this.model.has(this.page(edit.va));
    if (edit.kind === 'merge') return true;
    const { va, size } = edit.kind === 'map' ? edit.mapping : edit;
    const pages = Array.from({ length: Number(size >> this.shift) }, (_, index) => this.page(va) + index);
    if (edit.kind === 'map') {
      if (pages.some((page) => this.model.has(page))) return false;
      this.#modelMap(edit.mapping);
    } else if (edit.kind === 'unmap') for (const page of pages) this.model.delete(page);
    else {
      if (!pages.every((page) => this.model.has(page))) return false;
      for (const page of pages) {
        const old = this.model.get(page);
        if (old !== undefined) this.model.set(page, { frame: old.frame, attributes: edit.attributes });
      }
    }
    return true;
  }

  /** Plans, judges and carries out an edit; undefined where both model and library refuse it. */
  edit(edit: Edit, options: EditOptions = {}): EditPlan | undefined {
    const { space, root, memory } = this;
    if (!this.#modelEdit(edit)) {
      expect(() => tablesForEdit(space, root, memory, edit)).toThrow(PageTableError);
      expect(() => planEdit(space, root, memory, edit, this.#fresh(20), options)).toThrow(PageTableError);
      return undefined;
    }
    const before = new Map([...memory.content].map(([page, words]) => [page, words.slice()]));
    const count = tablesForEdit(space, root, memory, edit);
    const pool = [...this.free, ...this.#fresh(count)].slice(0, count);
    this.free = this.free.slice(count);
    if (count > 0)
      expect(() => planEdit(space, root, memory, edit, pool.slice(1), options)).toThrow(/more than .* tables/);
    const plan = planEdit(space, root, memory, edit, pool, options);
    expect(sameContent(memory.content, before)).toBe(true);
    expect(plan.takes).toEqual(pool);
    memory.give(pool);
    expect(checkSteps(space, root, memory, plan.steps, options)).toEqual([]);
    applyEdit(plan, memory);
    this.#checkContent();
    const { tables } = listMappings(space, root, memory);
    const wanted = [...this.tables, ...plan.takes].filter((page) => !plan.frees.includes(page));
    expect([...tables].sort((a, b) => a - b)).toEqual(wanted.sort((a, b) => a - b));
    this.tables = tables;
    for (const page of plan.frees) memory.content.delete(page);
    this.free.push(...plan.frees);
    return plan;
  }

  #checkContent(): void {
    let pages = 0;
    for (const run of listMappings(this.space, this.root, this.memory).runs)
      for (let index = 0; index < run.pages; index++, pages++) {
        const wanted = this.model.get(run.page + index);
        if (wanted?.frame !== run.frame + index || !sameAttributes(wanted.attributes, run.attributes))
          throw new Error(`page ${run.page + index} is ${JSON.stringify(run)}, not ${JSON.stringify(wanted)}`);
      }
    expect(pages).toBe(this.model.size);
  }
}

/** Whether two memories hold the same words: `toEqual` takes seconds for this. */
function sameContent(a: ReadonlyMap<number, Uint32Array>, b: ReadonlyMap<number, Uint32Array>): boolean {
  return a.size === b.size && [...a].every(([page, words]) => b.get(page)?.every((word, at) => words[at] === word));
}

const anySpace: fc.Arbitrary<Space> = fc
  .record({
    granule: fc.constantFrom<Granule>('4K', '16K', '64K'),
    vaBits: fc.integer({ min: 36, max: 52 }),
    regime: fc.constantFrom<Space['regime']>('EL1', 'EL2', 'EL2&0', 'stage2'),
    paBits: fc.constantFrom<PaBits>(48, 52),
    half: fc.constantFrom<'lower' | 'upper'>('lower', 'upper'),
  })
  .filter(({ vaBits, granule, paBits }) => vaBits <= 48 || granule === '64K' || paBits === 52)
  .filter(
    ({ vaBits, granule, regime, paBits }) => granule !== '16K' || regime !== 'stage2' || vaBits < 48 || paBits > 48,
  )
  .map((space) => (space.regime === 'EL2' || space.regime === 'stage2' ? { ...space, half: 'lower' } : space));

/** Page counts and places that meet blocks, contiguous groups and single pages. */
const place = (granule: Granule) => {
  const block = 2 ** geometryOf(granule).indexBits;
  const group = geometryOf(granule).contiguous[3] ?? 1;
  return fc.oneof(
    fc.integer({ min: 0, max: 3 }).map((n) => n * block),
    fc.integer({ min: 0, max: 40 }).map((n) => n * group),
    fc.integer({ min: 0, max: 2 * block }),
  );
};

type Script = { space: Space; initial: Mapping[]; edits: Edit[]; options: EditOptions };

const anyScript: fc.Arbitrary<Script> = anySpace.chain((space) => {
  const { pageShift } = shapeOf(space);
  const bytes = (pages: number): bigint => BigInt(pages) << BigInt(pageShift);
  const at = place(space.granule).map((page) => addressInSpace(space, page));
  const size = place(space.granule).map((pages) => bytes(Math.max(pages, 1)));
  const hasAsids = space.regime === 'EL1' || space.regime === 'EL2&0';
  const attributes = fc.constantFrom(...(hasAsids ? ownChoices : choices));
  const block = 2 ** geometryOf(space.granule).indexBits;
  const far = space.paBits === 52 ? 2 ** (51 - pageShift) : 0;
  const map = fc.record({ va: at, size, attributes, shift: fc.constantFrom(0, 0, 1, 8 * block, far) });
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    {
      weight: 4,
      arbitrary: map.map(({ va, size, attributes, shift }): Edit => {
        const pa = va - addressInSpace(space, 0) + bytes(shift);
        return { kind: 'map', mapping: { va, pa, size, attributes } };
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('unmap'), va: at, size }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('protect'), va: at, size, attributes }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('split'), va: at, level: fc.constant(3) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('merge'), va: at, size }) },
  );
  const options = fc
    .record({
      bbm: fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 2),
      tlbiLimit: fc.constantFrom(4, 100_000),
      rangeTlbi: fc.boolean(),
      asid: fc.constantFrom(undefined, 5),
    })
    .map(({ asid, ...rest }): EditOptions => (asid === undefined || !hasAsids ? rest : { ...rest, asid }));
  const initial = fc.constantFrom<Mapping[]>(
    [],
    [{ va: addressInSpace(space, 0), pa: bytes(16 * block), size: bytes(2 * block), attributes: readWrite }],
    [{ va: addressInSpace(space, 0), pa: bytes(16), size: bytes(block + 64), attributes: code, largestLevel: 3 }],
  );
  return fc.record({
    space: fc.constant(space),
    initial,
    edits: fc.array(edit, { minLength: 1, maxLength: 7 }),
    options,
  });
});

test('any edits end where a model of single pages ends, take what was predicted, leak no page and break no rule', () => {
  fc.assert(
    fc.property(anyScript, ({ space, initial, edits, options }) => {
      const bench = new Bench(space, initial);
      for (const edit of edits) bench.edit(edit, options);
    }),
    { numRuns: 100, seed: 7 },
  );
});

/** What a plan leaves in all pages, for comparison. */
function after(memory: Pages, granule: Granule, steps: readonly EditStep[]): Map<number, Uint32Array> {
  const copy = memory.copy(granule);
  applyEdit({ steps }, copy);
  return copy.content;
}

const isStore = ({ kind }: EditStep): boolean => kind === 'write' || kind === 'clear';

/**
 * Neighbours whose order does not matter: stores between the same barriers, invalidations between the same barriers, and
 * the barrier that makes new tables visible with a store that links none of them and replaces nothing, or with one to a table
 * that was zeroed before: it faults until then.
 */
const mayTrade =
  ({ space, plan: { takes, steps }, before }: { space: Space; plan: EditPlan; before: DescriptorSource }) =>
  (a: EditStep, b: EditStep): boolean => {
    if (isStore(a) && isStore(b)) return true;
    if (a.kind === 'tlbi') return b.kind === 'tlbi';
    if (a.kind === 'write' && b.kind === 'dsb')
      return takes.includes(a.table) && steps.some((step) => step.kind === 'clear' && step.table === a.table);
    if (a.kind !== 'dsb' || a.domain !== 'ishst' || b.kind !== 'write') return false;
    const replaces = ((before.descriptor(b.table, b.index)?.low ?? 0) & 1) !== 0;
    return !replaces && !takes.includes(outputPage(shapeOf(space), b.low, b.high));
  };

/**
 * Sequences with one step left out or two neighbours exchanged, with what was done to it. Of a long row of stores or
 * invalidations only both ends are tried.
 */
function* mutants(
  steps: readonly EditStep[],
  mayTrade: (a: EditStep, b: EditStep) => boolean,
): Iterable<{ what: string; steps: EditStep[] }> {
  for (const [index, step] of steps.entries()) {
    if (steps[index - 1]?.kind === step.kind && steps[index + 1]?.kind === step.kind) continue;
    yield { what: `without ${index}, ${step.kind}`, steps: steps.toSpliced(index, 1) };
    const next = steps[index + 1];
    if (next !== undefined && !mayTrade(step, next))
      yield { what: `${index}, ${step.kind} after ${next.kind}`, steps: steps.toSpliced(index, 2, next, step) };
  }
}

test('a plan with a step left out or moved is refused, or plainly does something else', () => {
  let refused = 0;
  fc.assert(
    fc.property(anyScript, ({ space, initial, edits, options }) => {
      const bench = new Bench(space, initial);
      for (const edit of edits.slice(0, -1)) bench.edit(edit, options);
      const before = bench.memory.copy(space.granule);
      const last = edits.at(-1) ?? { kind: 'merge', va: addressInSpace(space, 0) };
      // Above level 0 these are two plans in a row, and the second may complete what the first began.
      if (options.bbm !== 0 && (last.kind === 'unmap' || last.kind === 'protect')) return;
      // A range may go beyond what is mapped, so that a part of it is of no use.
      const plan = bench.edit(last, { ...options, rangeTlbi: false });
      if (plan === undefined) return;
      before.give(plan.takes);
      const wanted = after(before, space.granule, plan.steps);
      for (const { what, steps } of mutants(plan.steps, mayTrade({ space, plan, before }))) {
        if (!sameContent(after(before, space.granule, steps), wanted)) continue;
        refused += 1;
        if (checkSteps(space, bench.root, before, steps, options).length === 0)
          throw new Error(`${what} was let through: ${plan.steps.slice(-20).map(stepText).join('; ')}`);
      }
    }),
    { numRuns: 80, seed: 8 },
  );
  expect(refused).toBeGreaterThan(100);
});

function stepText(step: EditStep): string {
  return Object.values(step).map(String).join(' ');
}
