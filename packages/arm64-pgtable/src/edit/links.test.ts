import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  buildTables,
  checkSteps,
  countTables,
  type EditStep,
  type Granule,
  type Mapping,
  type RefereeOptions,
  type Space,
  shapeOf,
  TableArena,
  type TlbiOperation,
} from '../index.ts';

// Tables that are linked with what they hold: broken groups, what was never cleared, tables that others lead to as well.

const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const [ROOT, TOP, LEAVES, OTHER] = [0x100, 0x101, 0x102, 0x103];
const st: EditStep = { kind: 'dsb', domain: 'ishst' };
const sy: EditStep = { kind: 'dsb', domain: 'ish' };
const isb: EditStep = { kind: 'isb' };
const all: EditStep = { kind: 'tlbi', operation: 'vmalle1is' };
const done = [all, sy, isb];

const store = (table: number, index: number, low: number, high = 0): EditStep => ({
  kind: 'write',
  ...{ table, index, low, high },
});
const link = (table: number, index: number, to: number, high = 0): EditStep =>
  store(table, index, to * 0x1000 + 3, high);
const tlbi = (operation: TlbiOperation, operand: bigint): EditStep => ({ kind: 'tlbi', operation, operand });
const LIMITED = 1 << 30;

/** One page, at address 0: `ROOT` leads to `TOP`, and that to `LEAVES`. */
const page: Mapping = { va: 0n, pa: 0x8000_0000n, size: 0x1000n, attributes: readWrite };

function tables(mapping: Mapping = page, of: Space = space): TableArena {
  const arena = new TableArena(ROOT, countTables(of, [mapping]) + 4, 2 * shapeOf(of).entries);
  buildTables(of, [mapping], arena.pages, arena);
  return arena;
}

const judge = (arena: TableArena, steps: readonly EditStep[], options?: RefereeOptions, of = space): string[] =>
  checkSteps(of, ROOT, arena, steps, options).map(({ rule, step }) => `${rule} at ${step}`);

describe('the groups of a table that is linked', () => {
  const HINTED = 0x70_0000;
  const group = (count: number, low = 0x9000_0703): EditStep[] =>
    Array.from({ length: count }, (_, index) => store(OTHER, 32 + index, low + index * 0x1000, HINTED));

  test('are whole, or nothing is a group', () => {
    const steps = (members: readonly EditStep[]): EditStep[] => [...members, st, link(TOP, 1, OTHER), st, isb];
    expect(judge(tables(), steps(group(16)))).toEqual([]);
    expect(judge(tables(), steps(group(15)))).toEqual(['contiguous-group at 19']);
    // Its outputs do not start where a group's do.
    expect(judge(tables(), steps(group(16, 0x9000_1703)))).toEqual(['contiguous-group at 18']);
  });

  test('are judged however deep below what is linked they are, and whoever wrote them', () => {
    const arena = tables();
    arena.page(OTHER).set([0x9000_f703, HINTED], 2 * 511);
    arena.page(0x104).set([OTHER * 0x1000 + 3, 0], 2 * 7);
    expect(judge(arena, [link(ROOT, 1, 0x104), st, isb])).toEqual(['contiguous-group at 3']);
    expect(judge(arena, [link(ROOT, 1, 0x104), store(OTHER, 511, 0), st, ...done])).toEqual([]);
  });

  test('of the table that an entry led to before are nothing new', () => {
    const arena = tables();
    arena.page(LEAVES).set([0x8000_0703, HINTED], 0);
    expect(judge(arena, [store(TOP, 0, LEAVES * 0x1000 + 3 + 4), st, isb])).toEqual([]);
  });
});

describe('what was never cleared', () => {
  /** Everything in it looks like a table, or like a block. */
  const granules: readonly Granule[] = ['4K', '16K', '64K'];
  test.for(granules)('is judged as it is linked, %s', (granule) => {
    const of: Space = { granule, vaBits: 47, regime: 'EL1' };
    const mapping: Mapping = { ...page, size: 0x1_0000n };
    for (const junk of [0x7ff0_0703, 0x7ff0_0701, 0xffff_ffff]) {
      const arena = tables(mapping, of);
      const last = arena.pages.at(-1) ?? 0;
      for (let at = 0; at < arena.pageWords; at += 2) arena.page(last).set([junk, 0], at);
      const low = (last * shapeOf(of).pageBytes + 3) >>> 0;
      const linked = store(ROOT, 1, low, Math.floor((last * shapeOf(of).pageBytes) / 2 ** 32));
      const cleared: EditStep = { kind: 'clear', table: last };
      expect(judge(arena, [cleared, st, linked, st, isb], {}, of)).toEqual([]);
      expect(judge(arena, [linked, cleared, st, isb], {}, of)).not.toEqual([]);
    }
  });

  test('has nothing after it judged where it cannot be followed', () => {
    const arena = tables();
    for (let index = 0; index < 512; index++) arena.page(OTHER).set([OTHER * 0x1000 + 3, 0], 2 * index);
    const steps = [st, link(ROOT, 1, OTHER), store(LEAVES, 0, 0), { kind: 'clear', table: OTHER } as const, isb];
    const [violation, ...others] = checkSteps(space, ROOT, arena, steps);
    expect(violation).toMatchObject({ rule: 'tangled-tables', step: 1, address: 0x4000_0000n });
    expect(others).toEqual([]);
    expect(judge(arena, [store(OTHER, 0, 0), st, link(ROOT, 1, 0x200), st, isb])).toEqual([]);
  });

  test('and tables that become a tangle link by link', () => {
    const of: Space = { ...space, vaBits: 48 };
    const arena = new TableArena(ROOT, 4, 1024);
    // Each of three tables leads to the next in 512 ways: 2^27 in all.
    const steps = [ROOT, TOP, LEAVES].flatMap((table) =>
      Array.from({ length: 512 }, (_, index) => link(table, index, table + 1)),
    );
    expect(judge(arena, steps, {}, of)).toEqual([expect.stringMatching(/^tangled-tables at \d+$/)]);
    // What is unlinked again does not count.
    const again = Array.from({ length: 2000 }, (_, index) =>
      index % 2 === 0 ? link(ROOT, index % 512, TOP) : store(ROOT, (index - 1) % 512, 0),
    );
    expect(judge(arena, [...again, st, ...done], {}, of)).toEqual([]);
  });
});

describe('a table that was walked by all, for a global leaf that is gone', () => {
  const ofFive: RefereeOptions = { asid: 5 };
  const gone = [store(LEAVES, 0, 0), st];
  const own = (at: bigint): EditStep => tlbi('vae1is', (5n << 48n) | at);

  test('at two places stays so at one of them', () => {
    for (const [forgotten, kept] of [
      [0n, 0x200n],
      [0x200n, 0n],
    ] as const) {
      const arena = tables();
      arena.page(TOP).set(arena.page(TOP).subarray(0, 2), 2);
      const leaves = [tlbi('vaale1is', 0n), tlbi('vaale1is', 0x200n), sy];
      const steps = (by: (at: bigint) => EditStep): EditStep[] => [
        ...[...gone, ...leaves, tlbi('vaae1is', forgotten), sy],
        ...[store(TOP, Number(kept / 0x200n), 0), st, by(kept), sy, isb],
      ];
      expect(judge(arena, steps(own), ofFive)).toEqual([expect.stringContaining('not-invalidated')]);
      expect(
        judge(
          arena,
          steps((at) => tlbi('vaae1is', at)),
          ofFive,
        ),
      ).toEqual([]);
      expect(
        judge(
          arena,
          steps(() => all),
          ofFive,
        ),
      ).toEqual([]);
    }
  });

  test('goes by any instruction for all that meets it, of whatever length', () => {
    const range = (from: bigint, scale: bigint): EditStep =>
      tlbi('rvaae1is', (1n << 46n) | (scale << 44n) | (31n << 39n) | from);
    const steps = (...forget: EditStep[]): EditStep[] => [
      ...[...gone, tlbi('vaale1is', 0n), sy, ...forget, sy],
      ...[store(TOP, 0, 0), st, own(0n), sy, isb],
    ];
    for (const forget of [[range(0n, 0n)], [range(0n, 3n)], [tlbi('vaae1is', 0x1ffn)], [all]])
      expect(judge(tables(), steps(...forget), ofFive)).toEqual([]);
    for (const forget of [[range(0x200n, 0n)], [range(0x200n, 3n)], [own(0n)], [tlbi('vaale1is', 0n)]])
      expect(judge(tables(), steps(...forget), ofFive)).toEqual([expect.stringContaining('not-invalidated')]);
    // What was asked before it was visible is asked for again.
    expect(judge(tables(), [store(LEAVES, 0, 0), all, ...steps(all).slice(1)], ofFive)).toEqual([]);
  });
});

test('what was invalidated in vain goes once the reason is gone', () => {
  const leaf = tlbi('vaale1is', 0n);
  const table = tlbi('vaae1is', 5n);
  const unlinked = store(TOP, 0, 0);
  // A store that is not visible, a table by which the leaf is found, a table that was linked meanwhile.
  for (const steps of [
    [store(LEAVES, 0, 0), leaf, st, leaf, sy, isb],
    [store(LEAVES, 0, 0), all, st, all, sy, isb],
    [unlinked, st, leaf, sy, leaf, table, sy, leaf, sy, isb],
    [unlinked, st, leaf, leaf, store(LEAVES, 0, 0), st, leaf, sy, table, sy, isb],
    [
      unlinked,
      st,
      table,
      sy,
      leaf,
      sy,
      link(TOP, 0, LEAVES, LIMITED),
      st,
      unlinked,
      st,
      leaf,
      table,
      sy,
      leaf,
      sy,
      isb,
    ],
    [unlinked, st, tlbi('aside1is', 0n), all, sy, link(TOP, 0, LEAVES), st, unlinked, st, all, sy, isb],
  ]) {
    expect(judge(tables(), steps)).toEqual([]);
    const last = steps.findLastIndex(({ kind }) => kind === 'tlbi');
    expect(judge(tables(), steps.toSpliced(last, 1))).toContain(`not-invalidated at ${steps.length - 1}`);
  }
});
