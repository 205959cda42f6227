import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  applyEdit,
  buildTables,
  checkSteps,
  type Edit,
  type EditStep,
  type Mapping,
  PageTableError,
  planEdit,
  type Space,
  TableArena,
  tablesForEdit,
  walk,
} from '../index.ts';

const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const page: Mapping = { va: 0x4000_0000n, pa: 0x8000_0000n, size: 0x1000n, attributes: readWrite };
const far: Edit = { kind: 'map', mapping: { ...page, va: 0x1_0000_0000n } };
const unmap: Edit = { kind: 'unmap', va: page.va, size: page.size };

function live(mappings: readonly Mapping[] = [page]): { arena: TableArena; root: number } {
  const arena = new TableArena(0x100, 12, 1024);
  return { arena, root: buildTables(space, mappings, arena.pages, arena) };
}

/** Calls what must refuse with a typed error, and looks that nothing was written. */
function refuse(arena: TableArena, attempt: () => unknown, code: string, message: RegExp): void {
  const before = arena.words.slice();
  expect(attempt).toThrow(message);
  expect(attempt).toThrow(expect.objectContaining({ name: 'PageTableError', code }));
  expect(arena.words).toEqual(before);
}

/** Pages for two tables, one of them wrong. */
const wrongPages: readonly (readonly [string, readonly number[], string, RegExp])[] = [
  ['twice', [0x108, 0x108], 'EINVAL', /0x108 is given twice/],
  ['no number', [0x108, Number.NaN], 'EINVAL', /NaN is not a page number/],
  ['a fraction', [0x108, 0x109 + 0.5], 'EINVAL', /265.5 is not a page number/],
  ['negative', [0x108, -1], 'EINVAL', /-1 is not a page number/],
  ['beyond the output size', [0x108, 2 ** 36], 'ERANGE', /beyond the output size/],
  ['missing', [0x108], 'ENOMEM', /more than 1 /],
];

describe('pages for tables', () => {
  test.for(wrongPages)('%s, for an edit', ([, pool, code, message]) => {
    const { arena, root } = live();
    refuse(arena, () => planEdit(space, root, arena, far, pool), code, message);
  });

  test.for(wrongPages)('%s, for a new set', ([, pages, code, message]) => {
    const { arena } = live();
    refuse(
      arena,
      () => buildTables(space, [page], [0x107, ...pages], arena),
      code,
      code === 'ENOMEM' ? /2 pages/ : message,
    );
  });

  test('that the memory does not have, for a new set', () => {
    const { arena } = live();
    refuse(arena, () => buildTables(space, [page], [0x107, 0x108, 0x90], arena), 'ERANGE', /0x90 is not in the arena/);
  });

  test('that are tables already, of this part of the space or of another', () => {
    const { arena, root } = live([page, { ...page, va: 0x40_0000_0000n }]);
    for (const used of [root, 0x101, 0x102, 0x103, 0x104])
      refuse(arena, () => planEdit(space, root, arena, far, [0x109, used]), 'EBUSY', /is a table in use/);
  });

  test('a memory type that the space cannot say is found before the first store', () => {
    const { arena } = live([]);
    const second: Mapping = { ...page, va: 0n, attributes: { ...readWrite, type: 'Normal-mixed' } };
    refuse(arena, () => buildTables(space, [page, second], arena.pages, arena), 'EINVAL', /no index for Normal-mixed/);
  });
});

describe('steps that are none', () => {
  const steps: readonly (readonly [string, RegExp])[] = [
    ['{"kind":"store","table":256,"index":0}', /step 1: there is no step of kind store/],
    ['{"kind":"write","table":256,"index":512,"low":0,"high":0}', /has no entry 512/],
    ['{"kind":"write","table":256,"index":-1,"low":0,"high":0}', /has no entry -1/],
    ['{"kind":"write","table":256,"index":0.5,"low":0,"high":0}', /has no entry 0.5/],
    ['{"kind":"write","table":256,"low":0,"high":0}', /has no entry undefined/],
    ['{"kind":"write","table":256,"index":0,"low":4294967296,"high":0}', /not the halves/],
    ['{"kind":"write","table":256,"index":0,"low":0}', /not the halves/],
    ['{"kind":"write","table":-1,"index":0,"low":0,"high":0}', /-1 is not a page number/],
    ['{"kind":"clear","table":0.5}', /0.5 is not a page number/],
    ['{"kind":"dsb","domain":"all"}', /no dsb all/],
    ['{"kind":"tlbi","operation":"vae9is"}', /no tlbi vae9is/],
    ['{"kind":"tlbi","operation":"constructor"}', /no tlbi constructor/],
    ['{"kind":"tlbi","operation":"vae1is"}', /vae1is takes an operand/],
    ['{"kind":"tlbi","operation":"vae1is","operand":5}', /no bigint/],
    ['{"kind":"tlbi","operation":"vae1is","operand":"5"}', /no bigint/],
    ['null', /step 1: null is no step/],
    ['7', /step 1: there is no step of kind undefined/],
  ];

  test.for(steps)('%s', ([text, message]) => {
    const { arena, root } = live();
    const good: EditStep = { kind: 'write', table: 0x102, index: 7, low: 0x703, high: 0 };
    const wrong: EditStep[] = [good, JSON.parse(text)];
    refuse(arena, () => applyEdit({ steps: wrong }, arena), 'EINVAL', message);
    refuse(arena, () => checkSteps(space, root, arena, wrong), 'EINVAL', message);
  });

  test('an operand that no register holds', () => {
    const { arena } = live();
    const steps: EditStep[] = [{ kind: 'tlbi', operation: 'vae1is', operand: 2n ** 64n }];
    refuse(arena, () => applyEdit({ steps }, arena), 'EINVAL', /beyond 64 bits/);
  });

  test('a page that the memory does not have', () => {
    const { arena } = live();
    const at = (table: number): EditStep => ({ kind: 'clear', table });
    refuse(arena, () => applyEdit({ steps: [at(0x102), at(0x90)] }, arena), 'ERANGE', /0x90 is not in the arena/);
  });
});

describe('options that say nothing', () => {
  test.for(['{"bbm":3}', '{"bbm":-1}', '{"bbm":"2"}', '{"tlbiLimit":-1}', '{"tlbiLimit":null}'])('%s', (text) => {
    const { arena, root } = live();
    const options = JSON.parse(text);
    if (options.tlbiLimit === null) options.tlbiLimit = Number.NaN;
    expect(() => planEdit(space, root, arena, unmap, [], options)).toThrow(PageTableError);
    expect(() => tablesForEdit(space, root, arena, unmap, options)).toThrow(PageTableError);
  });
});

describe('edits that are none', () => {
  test.for(['{"kind":"remap"}', '{"kind":"constructor"}', '{"kind":"unmap ","va":0}', '{"kind":null}'])(
    '%s',
    (text) => {
      const { arena, root } = live();
      refuse(arena, () => planEdit(space, root, arena, JSON.parse(text), []), 'EINVAL', /there is no edit of kind/);
      refuse(arena, () => planEdit(space, root, arena, [unmap, JSON.parse(text)], []), 'EINVAL', /no edit of kind/);
      refuse(arena, () => tablesForEdit(space, root, arena, JSON.parse(text)), 'EINVAL', /there is no edit of kind/);
    },
  );
});

describe('what no walk reads as a table is none', () => {
  const low: Space = { granule: '4K', vaBits: 32, paBits: 40, regime: 'EL1' };
  const first: Mapping = { ...page, va: 0n };
  const made = (): { arena: TableArena; root: number } => {
    const arena = new TableArena(0x100, 12, 1024);
    return { arena, root: buildTables(low, [first], arena.pages, arena) };
  };

  test('behind the last entry of a root that is smaller than a page', () => {
    const { arena, root } = made();
    arena.page(root).copyWithin(2 * 100, 0, 2);
    arena.page(root).set([0x10_8003, 0], 2 * 101);
    const edits: Edit[] = [
      { ...unmap, va: 0n },
      { kind: 'map', mapping: { ...page, va: 0x4000_0000n } },
    ];
    expect(planEdit(low, root, arena, edits, [0x108, 0x109]).takes).toEqual([0x108, 0x109]);
  });

  test('beyond the output size, where the walk faults: nothing is freed or forgotten, and it is mapped over', () => {
    for (const level of [1, 2]) {
      const { arena, root } = made();
      const va = level === 1 ? 0x4000_0000n : 0x20_0000n;
      arena.page(level === 1 ? root : 0x101).set([3, 0xff00], 2);
      expect(walk(low, root, arena, Number(va >> 12n)).kind).toBe('address-size-fault');
      const size = level === 1 ? 0x4000_0000n : 0x20_0000n;
      expect(planEdit(low, root, arena, { kind: 'unmap', va, size }, [])).toMatchObject({ steps: [], frees: [] });
      const mapping = { ...page, va, size: 0x20_0000n };
      const plan = planEdit(low, root, arena, { kind: 'map', mapping }, [0x108]);
      expect(plan.steps.filter(({ kind }) => kind === 'tlbi')).toEqual([]);
      expect(checkSteps(low, root, arena, plan.steps)).toEqual([]);
      applyEdit(plan, arena);
      expect(walk(low, root, arena, Number(va >> 12n))).toMatchObject({ kind: 'mapped', frame: 0x80000 });
    }
  });
});

describe('tables that are not one entry’s own', () => {
  const link = (arena: TableArena, table: number, index: number, to: number): void =>
    arena.page(table).set([to * 4096 + 3, 0], 2 * index);

  test('an edit that meets a table of two entries is refused, at whatever level they are', () => {
    for (const [table, index, to] of [
      [0x101, 9, 0x102], // the same level
      [0x100, 9, 0x101], // one above
      [0x100, 9, 0x102], // a table of level 3 as one of level 2
    ] as const) {
      const { arena, root } = live();
      link(arena, table, index, to);
      refuse(arena, () => planEdit(space, root, arena, unmap, []), 'ELOOP', /is reached twice/);
      const whole: Edit = { ...unmap, va: 0n, size: 1n << 39n };
      refuse(arena, () => planEdit(space, root, arena, whole, []), 'ELOOP', /is reached twice/);
    }
  });

  test('a table that leads to itself frees nothing', () => {
    for (const table of [0x100, 0x101]) {
      const { arena, root } = live();
      link(arena, table, 9, table);
      const whole: Edit = { ...unmap, va: 0n, size: 1n << 39n };
      refuse(arena, () => planEdit(space, root, arena, whole, []), 'ELOOP', /is reached twice/);
    }
  });

  test('an edit elsewhere is none of its business', () => {
    const { arena, root } = live([page, { ...page, va: 0x8000_0000n }]);
    link(arena, 0x103, 9, 0x104);
    expect(planEdit(space, root, arena, unmap, []).frees).toEqual([0x101, 0x102]);
  });
});
