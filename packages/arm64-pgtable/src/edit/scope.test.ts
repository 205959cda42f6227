import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  applyEdit,
  buildTables,
  checkSteps,
  countTables,
  type Edit,
  type EditOptions,
  type EditStep,
  type Mapping,
  planEdit,
  type Space,
  TableArena,
} from '../index.ts';

// Which TLBs an edit speaks to: of one address space identifier or of all, by page or by range.

const global: Attributes = { type: 'Normal', writable: true, executable: false };
const own: Attributes = { ...global, notGlobal: true };
const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const MiB = 0x10_0000n;
const pages: Mapping = {
  va: 0x4000_0000n,
  pa: 0x8000_0000n,
  size: 2n * MiB,
  attributes: global,
  largestLevel: 3,
  contiguous: false,
};
const unmap: Edit = { kind: 'unmap', va: pages.va, size: pages.size };

const WORDS = { '4K': 1024, '16K': 4096, '64K': 16384 };

interface Live {
  readonly space: Space;
  readonly arena: TableArena;
  readonly root: number;
}

function live(mappings: readonly Mapping[], of: Space = space): Live {
  const arena = new TableArena(0x100, countTables(of, mappings) + 2, WORDS[of.granule]);
  return { space: of, arena, root: buildTables(of, mappings, arena.pages, arena) };
}

function planned({ space: of, arena, root }: Live, edit: Edit, options: EditOptions): readonly EditStep[] {
  return planEdit(of, root, arena, edit, arena.pages.slice(-2), options).steps;
}

/** The operations of the invalidations, each once, with the operand of the first. */
function operations(steps: readonly EditStep[]): string[] {
  const found = new Map<string, string>();
  for (const step of steps)
    if (step.kind === 'tlbi' && !found.has(step.operation))
      found.set(step.operation, `${step.operation} ${step.operand?.toString(16) ?? ''}`.trim());
  return [...found.values()];
}

const rules = ({ space: of, arena, root }: Live, steps: readonly EditStep[], options?: EditOptions): string[] =>
  checkSteps(of, root, arena, steps, options).map(({ rule }) => rule);

/** The same steps with the instructions of one identifier. */
const narrowed = (steps: readonly EditStep[], asid: bigint): EditStep[] =>
  steps.map((step) =>
    step.kind === 'tlbi' && step.operation === 'vaae1is'
      ? { ...step, operation: 'vae1is', operand: (step.operand ?? 0n) | (asid << 48n) }
      : step,
  );

describe('tables that go', () => {
  test('with global leaves are forgotten for all identifiers; by one it is not enough, whoever asks', () => {
    for (const regime of ['EL1', 'EL2&0'] as const) {
      const state = live([pages], { ...space, regime });
      const steps = planned(state, unmap, { asid: 5 });
      expect(operations(steps)).toEqual(['vaae1is 40000']);
      for (const options of [{ asid: 5 }, { asid: 9 }, {}]) {
        expect(rules(state, steps, options)).toEqual([]);
        expect(rules(state, narrowed(steps, 5n), options)).toContain('not-invalidated');
      }
    }
  });

  test('and a leaf goes by the instruction that its tables go by: by another of them a walker comes back to it', () => {
    const two: Mapping = { ...pages, size: 0x2000n };
    const state = live([two]);
    const steps = planned(state, { ...unmap, size: 2n * MiB }, { asid: 5 });
    const first = steps.findIndex(({ kind }) => kind === 'tlbi');
    const one = narrowed(steps.slice(first, first + 1), 5n);
    for (const options of [{ asid: 5 }, { asid: 9 }, {}])
      expect(rules(state, [...steps.slice(0, first), ...one, ...steps.slice(first + 1)], options)).toContain(
        'not-invalidated',
      );
  });

  test('with leaves of one identifier are forgotten for that, if they are used with no other', () => {
    const state = live([{ ...pages, attributes: own }]);
    const steps = planned(state, unmap, { asid: 5 });
    expect(operations(steps)).toEqual(['vae1is 5000000040000']);
    expect(rules(state, steps, { asid: 5 })).toEqual([]);
    expect(rules(state, steps, { asid: 9 })).toContain('not-invalidated');
    expect(rules(state, steps)).toContain('not-invalidated');
  });

  test('one global leaf among them, or none at all, is as if all were', () => {
    const state = live([
      { ...pages, size: 0x1000n },
      { ...pages, va: pages.va + 0x5000n, size: 0x2000n, attributes: own },
    ]);
    const whole: Edit = { ...unmap, size: 1024n * MiB };
    expect(operations(planned(state, whole, { asid: 5 }))).toEqual(['vaae1is 40000']);
    state.arena.page(0x102).fill(0);
    const steps = planned(state, whole, { asid: 5 });
    expect(operations(steps)).toEqual(['vaae1is 40000']);
    expect(rules(state, steps, { asid: 5 })).toEqual([]);
  });

  test('beyond the limit of invalidations, too: one global leaf in the last of several tables makes it all identifiers', () => {
    const several: Mapping[] = [
      { ...pages, size: 2n * MiB + 0x1000n, attributes: own },
      { ...pages, va: pages.va + 4n * MiB, size: 0x1000n },
      { ...pages, va: pages.va + 8n * MiB, size: 0x1000n },
    ];
    for (const options of [{ asid: 5 }, { asid: 5, tlbiLimit: 4 }]) {
      const state = live(several);
      const steps = planned(state, { ...unmap, size: 6n * MiB }, options);
      expect(operations(steps)).toEqual(['vmalle1is']);
      expect(rules(state, steps, options)).toEqual([]);
    }
  });

  test('by a later edit than their last global leaf were walked by all until then', () => {
    const one: Edit = { ...unmap, size: 0x1000n };
    const last: Mapping = { ...pages, va: pages.va + 0x1000n, size: 0x1000n, attributes: own };
    const unaccessed = { ...global, accessed: false };
    const firsts: Edit[] = [
      one,
      { ...one, kind: 'protect', attributes: own },
      { ...one, kind: 'protect', attributes: { ...own, writable: false } },
    ];
    for (const attributes of [global, unaccessed])
      for (const first of firsts)
        for (const rangeTlbi of [false, true]) {
          const options = { asid: 5, rangeTlbi };
          const state = live([{ ...pages, size: 0x1000n, attributes }, last]);
          const before = new Uint32Array(state.arena.words);
          const steps = [...planned(state, first, options)];
          applyEdit({ steps }, state.arena);
          steps.push(...planned(state, unmap, options));
          state.arena.words.set(before);
          expect(operations(steps.slice(-4))).toEqual([expect.stringMatching(rangeTlbi ? /^rvae1is / : /^vae1is /)]);
          expect(rules(state, steps, options)).toEqual([]);
        }
  });

  test('keep those who walked them for a global leaf that was forgotten alone', () => {
    const last: Mapping = { ...pages, va: pages.va + 0x1000n, size: 0x1000n, attributes: own };
    const state = live([{ ...pages, size: 0x1000n }, last]);
    const clear = (table: number): EditStep => ({ kind: 'write', table, index: 0, low: 0, high: 0 });
    const st: EditStep = { kind: 'dsb', domain: 'ishst' };
    const sy: EditStep = { kind: 'dsb', domain: 'ish' };
    const by = (operation: 'vaale1is' | 'vaae1is' | 'vae1is', operand: bigint): EditStep[] => [
      st,
      { kind: 'tlbi', operation, operand },
      sy,
    ];
    const second = [clear(0x101), ...by('vae1is', 0x5_0000_0004_0001n), { kind: 'isb' } as const];
    const first = (operation: 'vaale1is' | 'vaae1is', operand: bigint): EditStep[] => [
      clear(0x102),
      ...by(operation, operand),
      ...second,
    ];
    expect(rules(state, first('vaae1is', 0x4_0000n), { asid: 5 })).toEqual([]);
    expect(rules(state, first('vaale1is', 0x4_0000n), { asid: 5 })).toContain('not-invalidated');
    // With the level of the leaf no table need go.
    expect(rules(state, first('vaae1is', 0x7000_0004_0000n), { asid: 5 })).toContain('not-invalidated');
  });

  test('with a global leaf that has no access flag were walked by all', () => {
    const state = live([
      { ...pages, size: 0x1000n, attributes: { ...global, accessed: false } },
      { ...pages, va: pages.va + 0x1000n, size: 0x1000n, attributes: own },
    ]);
    const steps = planned(state, unmap, { asid: 5 });
    expect(operations(steps)).toEqual(['vaae1is 40001']);
    expect(rules(state, steps, { asid: 5 })).toEqual([]);
    expect(rules(state, narrowed(steps, 5n), { asid: 5 })).toContain('not-invalidated');
  });

  test('a table from which global leaves were taken before it goes was walked by all', () => {
    const state = live([{ ...pages, size: 0x1000n }]);
    const st: EditStep = { kind: 'dsb', domain: 'ishst' };
    const sy: EditStep = { kind: 'dsb', domain: 'ish' };
    const at = (operation: 'vae1is' | 'vaae1is'): EditStep => ({
      kind: 'tlbi',
      operation,
      operand: operation === 'vae1is' ? 0x5_0000_0004_0000n : 0x4_0000n,
    });
    const clear = (table: number, index: number): EditStep => ({ kind: 'write', table, index, low: 0, high: 0 });
    const leaf: EditStep[] = [clear(0x102, 0), st, at('vae1is'), sy];
    const table = (operation: 'vae1is' | 'vaae1is'): EditStep[] => [clear(0x101, 0), st, at(operation), sy];
    const isb: EditStep = { kind: 'isb' };
    expect(rules(state, [...leaf, ...table('vae1is'), isb], { asid: 5 })).toEqual(['not-invalidated']);
    expect(rules(state, [...leaf, ...table('vaae1is'), isb], { asid: 5 })).toEqual([]);
  });

  test('in great number go with their identifier, or with everything', () => {
    const limit = { asid: 5, tlbiLimit: 100 };
    const ofAll = live([pages]);
    expect(operations(planned(ofAll, unmap, limit))).toEqual(['vmalle1is']);
    // A row of leaves whose table stays.
    const part: Edit = { ...unmap, size: MiB };
    const ofOne = live([{ ...pages, attributes: own }]);
    const steps = planned(ofOne, part, limit);
    expect(operations(steps)).toEqual(['aside1is 5000000000000']);
    expect(rules(ofOne, steps, { asid: 5 })).toEqual([]);
    expect(rules(ofOne, steps, { asid: 9 })).toContain('not-invalidated');
    expect(rules(ofAll, steps, { asid: 5 })).toContain('not-invalidated');
  });
});

describe('ranges, where the CPUs have them', () => {
  const wide: readonly Space[] = [
    space,
    { ...space, vaBits: 48 },
    { ...space, vaBits: 52, paBits: 52 },
    { ...space, vaBits: 48, regime: 'EL2' },
    { ...space, vaBits: 48, regime: 'stage2' },
    { ...space, vaBits: 40, regime: 'stage2' },
    { granule: '16K', vaBits: 48, regime: 'EL1' },
    { granule: '16K', vaBits: 52, paBits: 52, regime: 'EL1' },
    { granule: '64K', vaBits: 52, paBits: 52, regime: 'EL1' },
  ];
  const bytesOf = { '4K': 0x1000n, '16K': 0x4000n, '64K': 0x1_0000n };
  const tlbis = (steps: readonly EditStep[]): string[] =>
    steps.flatMap((step) => (step.kind === 'tlbi' ? [step.operation] : []));
  /** How many instructions an edit takes without ranges and with them; both pass the referee. */
  function costs(state: Live, edit: Edit, options: EditOptions): [number, number] {
    const [plain, ranged] = [false, true].map((rangeTlbi) => {
      const steps = planned(state, edit, { ...options, rangeTlbi });
      expect(rules(state, steps, options)).toEqual([]);
      return tlbis(steps);
    });
    // Behind those of stage 2 all of stage 1 is forgotten, with ranges and without.
    const whole = ['vmalls12e1is', 'aside1is', 'alle2is', ...(state.space.regime === 'stage2' ? [] : ['vmalle1is'])];
    const isAll = (operation: string): boolean => whole.includes(operation);
    expect(ranged?.some(isAll)).toBe(plain?.some(isAll));
    return [plain?.length ?? 0, ranged?.length ?? 0];
  }

  test.for(wide)('are never more instructions than addresses are: %j', (of) => {
    const page = bytesOf[of.granule];
    const asids = of.regime === 'EL1' ? [{}, { asid: 5 }] : [{}];
    const attributes = of.regime === 'EL1' ? own : global;
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(2 ** 16 - 2), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(1n, 1n, 2n, 3n, 40n),
        fc.constantFrom(...asids),
        (places, many, options) => {
          const mappings = places
            .toSorted((a, b) => a - b)
            .map((place) => ({
              va: BigInt(place) * (1n << BigInt(of.vaBits - 16)) + BigInt(place % 512) * page,
              pa: 0n,
              size: many * page,
              attributes,
              largestLevel: 3,
            }));
          const end = (mappings.at(-1)?.va ?? 0n) + many * page;
          const [plain, ranged] = costs(live(mappings, of), { kind: 'unmap', va: 0n, size: end }, options);
          expect(ranged).toBeLessThanOrEqual(plain);
        },
      ),
      { numRuns: 12 },
    );
  });

  test('are not taken for blocks that are larger than a range', () => {
    const size = 4n << 39n;
    const of: Space = { ...space, vaBits: 52, paBits: 52 };
    const state = live([{ va: 0n, pa: 0n, size, attributes: global, contiguous: false }], of);
    const protect: Edit = { kind: 'protect', va: 0n, size, attributes: { ...global, writable: false } };
    expect(costs(state, protect, {})).toEqual([4, 4]);
  });

  test('pass over all where that is less: pages far apart in one table of a wide space', () => {
    const of: Space = { ...space, vaBits: 48 };
    const mappings = Array.from({ length: 200 }, (_, index) => ({
      ...pages,
      va: BigInt(index) << 31n,
      size: 0x1000n,
    }));
    // The entry of the root has 512 GiB: 64 ranges of 8 GiB.
    expect(costs(live(mappings, of), { kind: 'unmap', va: 0n, size: 400n << 30n }, {})).toEqual([200, 64]);
  });

  test('pass over all where each row takes several: odd stretches of many tables', () => {
    const of: Space = { ...space, vaBits: 48 };
    // 33 tables are two ranges, 40 times: more than the 64 of all 512 GiB.
    const size = 66n * MiB;
    const mappings = Array.from({ length: 40 }, (_, index) => ({ ...pages, va: BigInt(index) << 31n, size }));
    const state = live(mappings, of);
    const steps = planned(state, { kind: 'unmap', va: 0n, size: 80n << 30n }, { rangeTlbi: true });
    expect(tlbis(steps)).toEqual(Array(64).fill('rvaae1is'));
    expect(rules(state, steps)).toEqual([]);
  });

  const range = { rangeTlbi: true };

  test('a table and its leaves in one instruction', () => {
    const state = live([pages]);
    const steps = planned(state, unmap, range);
    // TG 4K, SCALE 3, NUM 3: the gibibyte of the table of level 2, which goes too.
    expect(steps.filter(({ kind }) => kind === 'tlbi')).toEqual([
      { kind: 'tlbi', operation: 'rvaae1is', operand: (0b01n << 46n) | (3n << 44n) | (3n << 39n) | 0x4_0000n },
    ]);
    expect(rules(state, steps)).toEqual([]);
  });

  test('each regime has its own, and an odd page is told alone', () => {
    for (const [regime, operation, alone] of [
      ['EL1', 'rvaale1is', 'vaale1is'],
      ['EL2&0', 'rvaale1is', 'vaale1is'],
      ['EL2', 'rvale2is', 'vale2is'],
      ['stage2', 'ripas2le1is', 'ipas2le1is'],
    ] as const) {
      const state = live([pages], { ...space, regime });
      const steps = planned(state, { ...unmap, size: 0x3000n }, range);
      expect(operations(steps).map((text) => text.split(' ')[0])).toEqual(expect.arrayContaining([operation, alone]));
      expect(rules(state, steps)).toEqual([]);
    }
  });

  test('of LPA2 start at multiples of 64 KiB', () => {
    const state = live([pages], { ...space, paBits: 52 });
    for (const [from, size] of [
      [0x3000n, 0x2_0000n],
      [0n, 0x1_8000n],
    ] as const) {
      const steps = planned(state, { ...unmap, va: pages.va + from, size }, range);
      expect(operations(steps).length).toBeGreaterThan(0);
      expect(rules(state, steps)).toEqual([]);
    }
  });

  test('64 GiB of pages are a handful of instructions', () => {
    const big: Mapping = { ...pages, va: 0n, pa: 0n, size: 256n * MiB };
    const state = live([big]);
    const steps = planned(state, { ...unmap, va: 0n, size: 1n << 39n }, range);
    expect(steps.filter(({ kind }) => kind === 'tlbi').length).toBeLessThan(5);
    expect(rules(state, steps)).toEqual([]);
  });
});

describe('nothing is invalidated that no TLB holds', () => {
  const isTlbi = ({ kind }: EditStep): boolean => kind === 'tlbi';

  test.for<[string, Attributes, Attributes]>([
    ['an access flag that is set', { ...global, accessed: false }, global],
    ["software's bits", global, { ...global, software: 5 }],
    ['what was never accessed becomes another type', { ...global, accessed: false }, { ...global, type: 'Normal-NC' }],
  ])('%s', ([, attributes, next]) => {
    const state = live([{ ...pages, attributes }]);
    const steps = planned(state, { kind: 'protect', va: pages.va, size: pages.size, attributes: next }, {});
    expect(steps.filter(isTlbi)).toEqual([]);
    expect(rules(state, steps)).toEqual([]);
    applyEdit({ steps }, state.arena);
  });

  test('but where hardware sets access flags, what has none may be held', () => {
    const of: Space = { ...space, setsAccessFlag: true };
    const state = live([{ ...pages, attributes: { ...global, accessed: false } }], of);
    const steps = planned(state, { ...unmap, size: 0x2000n }, {});
    expect(steps.filter(isTlbi).length).toBe(2);
    expect(rules(state, steps)).toEqual([]);
  });
});
