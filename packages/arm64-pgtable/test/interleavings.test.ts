import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyEdit, checkSteps, type EditStep, type Space, TableArena, type TlbiOperation } from '../src/index.ts';
import { layoutOf } from './walker-descriptors.ts';
import { WalkerModel } from './walker-model.ts';

// Steps that nobody planned: tables linked, unlinked, shared, linked elsewhere, zeroed and written, with barriers and invalidations
// anywhere between. What the referee passes leaves nothing in caches that the tables do not say.

const ROOT = 0x100;
const PAGES = 7;
const [TOP, OTHER_TOP] = [ROOT + 1, ROOT + 6];
const LAST = [ROOT + 2, ROOT + 3, ROOT + 4, ROOT + 5] as const;
/** Pages that are accessed: those that the entries used here translate, and one beside them. */
const accessed = [0, 1, 2, 512, 513, 2 ** 18, 2 ** 18 + 1];

interface Regime {
  readonly space: Space;
  readonly everything: TlbiOperation;
  /** By page or by range, and whether an identifier is among the operand. */
  readonly named: readonly TlbiOperation[];
  /** Attribute bits of leaves that may follow each other, and of one that faults on its access flag. */
  readonly leaves: readonly number[];
  readonly high: number;
  readonly limits: readonly number[];
}

const regimes: readonly Regime[] = [
  {
    space: { granule: '4K', vaBits: 39, regime: 'EL1' },
    everything: 'vmalle1is',
    named: ['vaae1is', 'vaale1is', 'vae1is', 'vale1is', 'aside1is', 'rvaae1is', 'rvaale1is', 'rvae1is'],
    leaves: [0x703, 0x783, 0xf03, 0xf83, 0x303],
    high: 0x60_0000,
    limits: [0, 1 << 30],
  },
  {
    space: { granule: '4K', vaBits: 39, regime: 'stage2' },
    everything: 'vmalls12e1is',
    named: ['ipas2e1is', 'ipas2le1is', 'ripas2e1is', 'ripas2le1is', 'vmalle1is'],
    leaves: [0x7ff, 0x77f, 0x3ff],
    high: 0,
    limits: [0],
  },
];

const takesAsid = /^r?val?e1is$|^aside1is$/;
const st: EditStep = { kind: 'dsb', domain: 'ishst' };
const sy: EditStep = { kind: 'dsb', domain: 'ish' };

const link = (table: number, index: number, to: number, high: number): EditStep => ({
  ...{ kind: 'write', table, index, low: to * 0x1000 + 3, high },
});

function invalidation({ named, everything }: Regime): fc.Arbitrary<EditStep> {
  const at = fc.record({
    operation: fc.constantFrom(...named),
    page: fc.constantFrom(...accessed).map(BigInt),
    asid: fc.constantFrom(5n, 5n, 9n),
    length: fc.constantFrom(0n, 7n << 39n, (7n << 39n) | (1n << 44n)),
  });
  const all: EditStep = { kind: 'tlbi', operation: everything };
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(all) },
    {
      weight: 6,
      arbitrary: at.map(({ operation, page, asid, length }): EditStep => {
        if (operation === 'vmalle1is') return { kind: 'tlbi', operation };
        const range = operation.startsWith('r') ? (1n << 46n) | length : 0n;
        return { kind: 'tlbi', operation, operand: page | range | (takesAsid.test(operation) ? asid << 48n : 0n) };
      }),
    },
  );
}

function change({ leaves, high, limits }: Regime, hints: readonly number[]): fc.Arbitrary<EditStep> {
  const [index, last] = [fc.nat({ max: 1 }), fc.constantFrom(...LAST)];
  const top = fc.constantFrom(TOP, TOP, TOP, OTHER_TOP);
  const limit = fc.constantFrom(...limits);
  const none = fc
    .record({ table: fc.oneof(fc.constant(ROOT), top, last), index })
    .map((at): EditStep => ({ kind: 'write', ...at, low: 0, high: 0 }));
  // Some are of a group of which others are missing.
  const leaf = fc
    .record({ table: last, index, low: fc.constantFrom(...leaves), hint: fc.constantFrom(...hints) })
    .map(({ table, index: at, low, hint }): EditStep => {
      const page = 0x8_0000 + (table === LAST[1] ? 0x200 : 0) + at;
      return { kind: 'write', table, index: at, low: page * 0x1000 + low, high: high | hint };
    });
  return fc.oneof(
    { weight: 4, arbitrary: none },
    { weight: 2, arbitrary: fc.tuple(top, index, last, limit).map((of) => link(...of)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant(ROOT), index, top, limit).map((of) => link(...of)) },
    { weight: 2, arbitrary: leaf },
    { weight: 1, arbitrary: fc.constantFrom(TOP, ...LAST).map((table): EditStep => ({ kind: 'clear', table })) },
  );
}

/** What may be enough at the end: everything, or pages by name in some order, with barriers in between. */
function ending({ named: [ofAll = 'vaae1is', ofLeaves = 'vaale1is'], everything }: Regime): fc.Arbitrary<EditStep[]> {
  const all: EditStep = { kind: 'tlbi', operation: everything };
  const each = [ofAll, ofLeaves].flatMap((operation) =>
    [0n, 1n, 0x200n, 0x201n].map((operand): EditStep => ({ kind: 'tlbi', operation, operand })),
  );
  const named = fc
    .shuffledSubarray(each, { minLength: 4 })
    .chain((steps) => fc.tuple(...steps.map((step) => fc.constantFrom<EditStep[]>([step], [step, sy], [step, sy]))))
    .map((steps) => steps.flat());
  const combined: EditStep = { kind: 'tlbi', operation: 'vmalle1is' };
  return fc.oneof(
    fc.constant<EditStep[]>([all]),
    named.map((steps) => (everything === 'vmalls12e1is' ? [...steps, sy, combined] : steps)),
  );
}

/** Changes, each with some of what belongs behind it. */
function stepsOf(regime: Regime): fc.Arbitrary<EditStep[]> {
  const some = fc.array(invalidation(regime), { maxLength: 3 });
  const barrier = fc.constantFrom([st], [st], [sy], []);
  const part = fc.tuple(change(regime, [0, 1 << 20]), barrier, some, fc.constantFrom([sy], [sy], []));
  const parts = fc.array(part, { minLength: 1, maxLength: 4 });
  return fc
    .tuple(parts, fc.constantFrom(st, sy), ending(regime))
    .map(([changes, before, end]): EditStep[] => [
      ...changes.flatMap(([first, then, gone, last]) => [first, ...then, ...gone, ...last]),
      ...[before, ...end, sy, { kind: 'isb' } as const],
    ]);
}

function modelOf({ space }: Regime, arena: TableArena): WalkerModel {
  const asids = space.regime === 'stage2' ? [0n] : [5n, 9n];
  const walkers = asids.map((asid) => ({ asid, globalOnly: false }));
  return new WalkerModel(layoutOf(space), ROOT, arena, { bbm: 0, walkers, pages: accessed });
}

const copyOf = ({ words }: TableArena): TableArena => new TableArena(ROOT, PAGES, 1024, words.slice());

test.for(regimes)('what the referee passes leaves nothing behind, $space.regime', (regime) => {
  const tally = { passed: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(change(regime, [0]), { maxLength: 8 }), stepsOf(regime), (before, steps) => {
      const arena = new TableArena(ROOT, PAGES, 1024);
      applyEdit({ steps: [link(ROOT, 0, TOP, 0), link(TOP, 0, LAST[0], 0), ...before] }, arena);
      if (checkSteps(regime.space, ROOT, arena, steps).length > 0) {
        tally.refused += 1;
        return;
      }
      tally.passed += 1;
      const after = copyOf(arena);
      applyEdit({ steps }, after);
      const model = modelOf(regime, arena);
      model.run(steps, modelOf(regime, arena), modelOf(regime, after), { pages: [], from: steps.length });
      // On the way pages are what any of the steps makes of them.
      expect([...model.faults].filter((fault) => !fault.startsWith('before step'))).toEqual([]);
    }),
    { numRuns: 1000, seed: 20 },
  );
  expect(tally.passed).toBeGreaterThan(100);
  expect(tally.refused).toBeGreaterThan(100);
});
