import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  applyEdit,
  buildTables,
  checkSteps,
  countTables,
  type Edit,
  type EditOptions,
  type EditPlan,
  type EditStep,
  listMappings,
  type Mapping,
  planEdit,
  type Space,
  TableArena,
  tablesForEdit,
  walk,
} from '../index.ts';

const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const readOnly: Attributes = { type: 'Normal', writable: false, executable: false };
const device: Attributes = { type: 'Device-nGnRE', writable: true, executable: false };
const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const MiB = 0x10_0000n;
const block: Mapping = { va: 0x4000_0000n, pa: 0x8000_0000n, size: 2n * MiB, attributes: readWrite };
const pages: Mapping = { ...block, largestLevel: 3, contiguous: false };

interface Live {
  readonly space: Space;
  readonly arena: TableArena;
  readonly root: number;
  readonly pool: readonly number[];
}

function live(mappings: readonly Mapping[], of: Space = space): Live {
  const arena = new TableArena(0x100, 12, 1024);
  const root = buildTables(of, mappings, arena.pages, arena);
  return { space: of, arena, root, pool: arena.pages.slice(countTables(of, mappings)) };
}

const plan = ({ space: of, arena, root, pool }: Live, edit: Edit, options?: EditOptions): EditPlan =>
  planEdit(of, root, arena, edit, pool, options);

/** Steps as an assembler would list them; rows of stores to one table are shortened. */
function listing(steps: readonly EditStep[]): string[] {
  const lines: string[] = [];
  for (const step of steps) {
    const line =
      step.kind === 'write'
        ? `${step.low === 0 ? 'break' : 'write'} ${step.table.toString(16)}`
        : step.kind === 'tlbi'
          ? `tlbi ${step.operation}${step.operand === undefined ? '' : ` ${step.operand.toString(16)}`}`
          : step.kind === 'clear'
            ? `clear ${step.table.toString(16)}`
            : Object.values(step).join(' ');
    if (lines.at(-1) !== line) lines.push(line);
  }
  return lines;
}

const check = ({ space: of, arena, root }: Live, steps: readonly EditStep[], options?: EditOptions) =>
  checkSteps(of, root, arena, steps, options).map(({ rule, step }) => `${rule} at ${step}`);

const protectBlock: Edit = { kind: 'protect', va: block.va, size: block.size, attributes: readOnly };
const retype: Edit = { kind: 'protect', va: block.va, size: block.size, attributes: device };
const split: Edit = { kind: 'split', va: block.va, level: 3 };
const merge: Edit = { kind: 'merge', va: block.va };

describe('the steps of an edit', () => {
  test('mapping invalidates nothing: new tables, barrier, link', () => {
    const edit: Edit = { kind: 'map', mapping: { va: 0x1000n, pa: 0x1000n, size: 0x1000n, attributes: readWrite } };
    const { steps, takes, frees } = plan(live([block]), edit);
    expect(listing(steps)).toEqual([
      'clear 102',
      'write 102',
      'clear 103',
      'write 103',
      'dsb ishst',
      'write 100',
      'dsb ishst',
      'isb',
    ]);
    expect([takes, frees]).toEqual([[0x102, 0x103], []]);
  });

  test('what is allowed changes in place, and the old is forgotten', () => {
    const steps = ['write 101', 'dsb ishst', 'tlbi vaale1is 600000040000', 'dsb ish', 'isb'];
    expect(listing(plan(live([block]), protectBlock).steps)).toEqual(steps);
  });

  test('what it is changes by way of invalid', () => {
    expect(listing(plan(live([block]), retype).steps)).toEqual([
      'break 101',
      'dsb ishst',
      'tlbi vaale1is 600000040000',
      'dsb ish',
      'write 101',
      'dsb ishst',
      'isb',
    ]);
  });

  test('a block is split by way of invalid, by way of nT, or in place, as the CPUs can', () => {
    const at = (bbm: 0 | 1 | 2): string[] => listing(plan(live([block]), split, { bbm }).steps);
    const forget = ['dsb ishst', 'tlbi vaale1is 600000040000', 'dsb ish'];
    expect(at(0)).toEqual(['write 102', 'break 101', ...forget, 'write 101', 'dsb ishst', 'isb']);
    expect(at(1)).toEqual(['write 102', 'write 101', ...forget, 'write 101', ...forget, 'isb']);
    expect(at(2)).toEqual(['write 102', 'dsb ishst', 'write 101', ...forget, 'isb']);
  });

  test('a merge forgets each page together with its table, and gives the table back', () => {
    const { steps, takes, frees } = plan(live([pages]), merge);
    const operations = steps.flatMap((step) => (step.kind === 'tlbi' ? [`${step.operation} ${step.operand}`] : []));
    expect(operations.length).toBe(512);
    expect(operations[1]).toBe(`vaae1is ${0x40001}`);
    expect([takes, frees]).toEqual([[], [0x102]]);
    const whole = listing(plan(live([pages]), merge, { tlbiLimit: 511 }).steps);
    const rest = ['dsb ishst', 'tlbi vmalle1is', 'dsb ish', 'write 101', 'dsb ishst', 'isb'];
    expect(whole).toEqual(['break 101', ...rest]);
  });

  test('each regime has its own instructions', () => {
    const operation = (of: Space, options?: EditOptions): string[] =>
      listing(plan(live([block], of), protectBlock, options).steps).slice(1, -1);
    expect(operation(space, { asid: 5 })[1]).toBe('tlbi vale1is 5600000040000');
    expect(operation({ ...space, regime: 'EL2' })[1]).toBe('tlbi vale2is 600000040000');
    expect(operation({ ...space, regime: 'EL2&0' })[1]).toBe('tlbi vaale1is 600000040000');
    const stage2 = ['dsb ishst', 'tlbi ipas2le1is 600000040000', 'dsb ish', 'tlbi vmalle1is', 'dsb ish'];
    expect(operation({ ...space, regime: 'stage2' })).toEqual(stage2);
    const all = ['dsb ishst', 'tlbi vmalls12e1is', 'dsb ish'];
    expect(operation({ ...space, regime: 'stage2' }, { tlbiLimit: 0 })).toEqual(all);
  });

  test('one page of a contiguous group takes the hint from all of it, by way of invalid', () => {
    const state = live([{ ...block, size: 0x1_0000n }]);
    const { steps } = plan(state, { kind: 'unmap', va: block.va + 0x3000n, size: 0x1000n });
    const stores = steps.flatMap((step) => (step.kind === 'write' ? [`${step.index} ${(step.high >>> 20) & 1}`] : []));
    expect(stores.length).toBe(16 + 15);
    expect(stores.every((text) => text.endsWith(' 0'))).toBe(true);
    expect(steps.filter(({ kind }) => kind === 'tlbi').length).toBe(16);
  });

  test('one page of a contiguous group of blocks loosens the blocks too, whatever the CPUs can', () => {
    const state = live([{ ...block, size: 32n * MiB }]);
    for (const bbm of [0, 1, 2] as const)
      for (const kind of ['unmap', 'split'] as const) {
        const va = block.va + 3n * MiB;
        const edit: Edit = kind === 'split' ? { kind, va, level: 3 } : { kind, va, size: 0x1000n };
        const { steps } = plan(state, edit, { bbm });
        expect(check(state, steps, { bbm })).toEqual([]);
        const stores = steps.filter((step) => step.kind === 'write' && step.table === 0x101);
        expect(new Set(stores.map((step) => (step.kind === 'write' ? step.index : -1))).size).toBe(16);
      }
  });

  test('a freed page says after how many steps it is free: from then on it is stored to, not before', () => {
    for (const bbm of [0, 1, 2] as const)
      for (const edit of [merge, { kind: 'unmap', va: block.va, size: 1024n * MiB } as const]) {
        const state = live([pages]);
        const { steps, frees, freeFrom } = plan(state, edit, { bbm });
        const reuse: EditStep = { kind: 'write', table: frees[0] ?? 0, index: 5, low: 0x703, high: 0 };
        const before = steps.findLastIndex(({ kind }, index) => kind === 'dsb' && index < freeFrom - 1);
        expect(check(state, steps.toSpliced(freeFrom, 0, reuse), { bbm })).toEqual([]);
        expect(check(state, steps.toSpliced(before + 1, 0, reuse), { bbm }).join()).toContain('table-in-use');
      }
  });

  test('tables that become empty go, and so do those that were', () => {
    const state = live([{ ...pages, size: 0x2000n }]);
    const first = plan(state, { kind: 'unmap', va: block.va, size: 0x1000n });
    expect(first.frees).toEqual([]);
    applyEdit(first, state.arena);
    const second = plan(state, { kind: 'unmap', va: block.va + 0x1000n, size: 0x1000n });
    expect(second.frees).toEqual([0x101, 0x102]);
    expect(second.steps.length).toBe(5);
    state.arena.page(0x102).fill(0);
    const third = plan(state, { kind: 'unmap', va: block.va, size: block.size });
    expect(third.frees).toEqual([0x101, 0x102]);
    expect(listing(third.steps)).toEqual(['break 100', 'dsb ishst', 'tlbi vaae1is 40000', 'dsb ish', 'isb']);
    expect(check(state, third.steps)).toEqual([]);
  });

  test('protecting changes what attributes name, and keeps NS, PBHA and nT', () => {
    const [NS, NT] = [1 << 5, 1 << 16];
    const pbha = 0xf << 27;
    const state = live([block]);
    const words = state.arena.page(0x101);
    const [low = 0, high = 0] = words;
    words.set([low | NS | NT, high | pbha], 0);
    applyEdit(plan(state, protectBlock), state.arena);
    expect([words[0], words[1]]).toEqual([(low | NS | NT | 0x80) >>> 0, (high | pbha) >>> 0]);
    expect(plan(state, protectBlock).steps).toEqual([]);
    applyEdit(plan(state, retype), state.arena);
    expect([(words[0] ?? 0) & (NS | NT), (words[1] ?? 0) & pbha]).toEqual([NS | NT, pbha]);
  });

  test('what becomes global goes by way of invalid', () => {
    const state = live([{ ...block, attributes: { ...readWrite, notGlobal: true } }]);
    const { steps } = plan(state, { ...protectBlock, attributes: readWrite });
    expect(listing(steps)[0]).toBe('break 101');
    expect(check(state, steps)).toEqual([]);
  });

  test('a table whose descriptor limits what is below is not merged', () => {
    const state = live([pages]);
    state.arena.page(0x101).set([0x10_2003, 1 << 30], 0);
    const { steps, frees } = plan(state, merge);
    expect(frees).toEqual([]);
    applyEdit({ steps }, state.arena);
    expect(walk(space, state.root, state.arena, 0x40000)).toMatchObject({ kind: 'mapped', level: 3, contiguous: true });
  });

  test('what is as it should be takes no step', () => {
    const edit: Edit = { kind: 'protect', va: block.va + 0x1000n, size: 0x1000n, attributes: readWrite };
    expect(plan(live([block]), edit)).toEqual({ steps: [], takes: [], frees: [], freeFrom: 0 });
    expect(plan(live([block]), { kind: 'unmap', va: 0x1000n, size: 0x1000n }).steps).toEqual([]);
  });

  test('stage 2 may start in joined tables', () => {
    const joined: Space = { granule: '4K', vaBits: 42, regime: 'stage2', startLevel: 1 };
    const arena = new TableArena(0x100, 12, 1024);
    const va = 7n << 39n;
    applyEdit(planEdit(joined, 0x100, arena, { kind: 'map', mapping: { ...block, va } }, [0x108]), arena);
    expect(listMappings(joined, 0x100, arena).runs).toMatchObject([{ page: Number(va >> 12n), pages: 512 }]);
    expect(walk(joined, 0x100, arena, Number(va >> 12n)).steps[0]?.table).toBe(0x107);
  });
});

describe('memory that an edit is applied to', () => {
  const steps: EditStep[] = [
    { kind: 'clear', table: 0x102 },
    { kind: 'write', table: 0x102, index: 0, low: 0x703, high: 0 },
    { kind: 'write', table: 0x101, index: 0, low: 0x10_2003, high: 0 },
  ];
  const two = (): Map<number, Uint32Array> =>
    new Map([0x101, 0x102].map((page) => [page, new Uint32Array(1024).fill(0xdead)]));
  const untouched = (words: Map<number, Uint32Array>): boolean =>
    [...words.values()].every((table) => table.every((word) => word === 0xdead));

  test('is asked for each page once, before anything is written', () => {
    const words = two();
    const asked: number[] = [];
    const page = (number: number): Uint32Array => {
      asked.push(number);
      expect(untouched(words)).toBe(true);
      return words.get(number) ?? new Uint32Array();
    };
    applyEdit({ steps }, { page });
    expect(asked).toEqual([0x102, 0x101]);
    expect([words.get(0x102)?.[0], words.get(0x102)?.[2], words.get(0x101)?.[0]]).toEqual([0x703, 0, 0x10_2003]);
  });

  test.for([new Uint32Array(), new Uint32Array(1000), new Uint32Array(4096)])(
    'with a page of another size (%$)',
    (odd) => {
      const words = two();
      const page = (number: number): Uint32Array => (number === 0x101 ? odd : (words.get(number) ?? odd));
      expect(() => applyEdit({ steps }, { page })).toThrow(/page 0x101 has \d+ words, not 1024/);
      expect(untouched(words)).toBe(true);
    },
  );

  test('that has the same words for two pages', () => {
    const words = new Uint32Array(1024).fill(0xdead);
    expect(() => applyEdit({ steps }, { page: () => words })).toThrow(/page 0x101 has the words of another one/);
    expect(words.every((word) => word === 0xdead)).toBe(true);
  });
});

describe('what is refused before anything is written', () => {
  const refuse = (edit: Edit, message: RegExp, code = 'EINVAL'): void => {
    const { space: of, arena, root, pool } = live([block]);
    const before = arena.words.slice();
    const refusal = expect.objectContaining({ name: 'PageTableError', code, message: expect.stringMatching(message) });
    expect(() => tablesForEdit(of, root, arena, edit)).toThrow(refusal);
    expect(() => planEdit(of, root, arena, edit, pool)).toThrow(refusal);
    expect(arena.words).toEqual(before);
  };

  test('edits that make no sense for what is mapped', () => {
    refuse({ kind: 'map', mapping: { ...block, va: block.va - MiB } }, /0x40000000 is mapped already/);
    refuse({ ...protectBlock, size: 3n * MiB }, /0x40200000 is not mapped/);
    refuse({ kind: 'split', va: 0n, level: 3 }, /0x0 is not mapped/);
    refuse({ kind: 'split', va: block.va, level: 0 }, /split to level 0/);
  });

  test('parts of pages, and addresses that the space does not have', () => {
    refuse({ kind: 'unmap', va: 0x800n, size: 0x1000n }, /not whole pages/);
    refuse({ kind: 'unmap', va: 0x1000n, size: 0n }, /not whole pages/);
    refuse({ kind: 'unmap', va: (1n << 39n) - 0x1000n, size: 0x2000n }, /39 bits/, 'ERANGE');
    refuse({ kind: 'merge', va: 1n << 40n }, /39 bits/, 'ERANGE');
  });

  test('attributes that a table above takes away', () => {
    const state = live([block]);
    state.arena.page(state.root).set([(0x101 << 12) | 3, 1 << 30], 2); // APTable: read-only below
    const edit: Edit = { ...protectBlock, attributes: { ...readWrite, accessed: false } };
    expect(() => plan(state, edit)).toThrow(/limits what is below/);
  });

  test('a pool that is too small, or beyond what walks reach', () => {
    const { space: of, arena, root } = live([block]);
    expect(() => planEdit(of, root, arena, split, [])).toThrow(/more than 0 tables/);
    expect(() => planEdit(of, root, arena, split, [2 ** 36])).toThrow(/beyond the output size/);
  });

  test('tables that point at themselves', () => {
    const state = live([block]);
    state.arena.page(state.root).set([(state.root << 12) | 3, 0], 2);
    expect(() => plan(state, protectBlock)).toThrow(/reached twice/);
  });
});

describe('the referee', () => {
  const store = (table: number, index: number, low: number, high = 0): EditStep => ({
    kind: 'write',
    table,
    index,
    low,
    high,
  });
  const st: EditStep = { kind: 'dsb', domain: 'ishst' };
  const sy: EditStep = { kind: 'dsb', domain: 'ish' };
  const isb: EditStep = { kind: 'isb' };
  const all: EditStep = { kind: 'tlbi', operation: 'vmalle1is' };
  const at = (operation: 'vaae1is' | 'vaale1is', operand: bigint): EditStep => ({ kind: 'tlbi', operation, operand });
  const moved = store(0x101, 0, 0x8020_0701, 0x60_0000);

  test('a block that moves without having been invalid', () => {
    expect(check(live([block]), [moved, st, all, sy, isb])).toEqual(['break-before-make at 0']);
  });

  test('an invalidation before the store is visible, or one that is not waited for', () => {
    const gone = store(0x101, 0, 0);
    expect(check(live([block]), [gone, st, all, sy, moved, st, isb])).toEqual([]);
    expect(check(live([block]), [gone, all, sy, moved, st, isb])).toContain('break-before-make at 3');
    expect(check(live([block]), [gone, st, all, moved, sy, isb])).toEqual(['break-before-make at 3']);
    expect(check(live([block]), [gone, st, all, st, moved, st, isb])).toContain('break-before-make at 4');
    expect(check(live([block]), [gone, st, isb])).toEqual(['not-invalidated at 3']);
  });

  test('an invalidation of another page, of another level, or of leaves alone', () => {
    const gone = [store(0x101, 0, 0), st];
    expect(check(live([block]), [...gone, at('vaale1is', 0x4_0000n), sy, isb])).toEqual([]);
    expect(check(live([block]), [...gone, at('vaale1is', 0x4_01ffn), sy, isb])).toEqual([]);
    expect(check(live([block]), [...gone, at('vaale1is', 0x4_0200n), sy, isb])).toEqual(['not-invalidated at 5']);
    const levelThree = (7n << 44n) | 0x4_0000n;
    expect(check(live([block]), [...gone, at('vaale1is', levelThree), sy, isb])).toEqual(['not-invalidated at 5']);
    const one: Mapping = { ...pages, size: 0x1000n };
    expect(check(live([one]), [...gone, at('vaae1is', 0x4_0000n), sy, isb])).toEqual([]);
    expect(check(live([one]), [...gone, at('vaale1is', 0x4_0000n), sy, isb]).length).toBe(2);
  });

  test('a table that is linked before its content is visible', () => {
    const state = live([block]);
    // What was there before is a descriptor too.
    state.arena.page(0x108).fill(0x701);
    const link = [store(0x108, 0, 0x703), store(0x100, 0, 0x10_8003)];
    expect(check(state, [...link, st, isb])).toEqual(['table-not-visible at 1']);
    expect(check(state, [{ kind: 'clear', table: 0x108 }, ...link, st, isb])).toEqual(['table-not-visible at 2']);
  });

  test('a table that is used again while walkers may still reach it', () => {
    const state = live([{ ...pages, size: 0x1000n }]);
    const reuse = store(0x102, 5, 0x703);
    expect(check(state, [store(0x101, 0, 0), st, reuse, all, sy, isb])).toContain('table-in-use at 2');
    expect(check(state, [store(0x101, 0, 0), st, all, sy, reuse, st, isb])).toEqual([]);
  });

  test('a part of a contiguous group', () => {
    const state = live([{ ...block, size: 0x1_0000n }]);
    expect(check(state, [store(0x102, 3, 0), st, all, sy, isb])).toContain('contiguous-group at 5');
  });

  test('instructions of another regime, and what is missing at the end', () => {
    const state = live([block]);
    const wrong: EditStep = { kind: 'tlbi', operation: 'alle2is' };
    expect(check(state, [store(0x101, 0, 0), st, wrong, sy, isb])).toEqual([
      'wrong-regime at 2',
      'not-invalidated at 5',
    ]);
    expect(check(state, [store(0x101, 1, 0x4020_0701), isb])).toEqual(['not-visible at 2', 'not-synchronised at 2']);
    expect(check(state, [store(0x101, 1, 0x4020_0701), st])).toEqual(['not-synchronised at 2']);
  });

  test('becoming global is not a change of permissions; becoming private is', () => {
    const nG = 1 << 11;
    const flip = (from: Attributes, low: number): string[] =>
      check(live([{ ...block, attributes: from }]), [store(0x101, 0, low, 0x60_0000), st, all, sy, isb]);
    expect(flip(readWrite, 0x8000_0701 | nG)).toEqual([]);
    expect(flip({ ...readWrite, notGlobal: true }, 0x8000_0701)).toEqual(['break-before-make at 0']);
  });

  test('one identifier is not all of them', () => {
    const state = live([{ ...block, attributes: { ...readWrite, notGlobal: true } }]);
    const edit: Edit = { ...protectBlock, attributes: { ...readOnly, notGlobal: true } };
    const { steps } = plan(state, edit, { asid: 5 });
    expect(check(state, steps, { asid: 5 })).toEqual([]);
    expect(check(state, steps)).toEqual(['not-invalidated at 5']);
  });
});
