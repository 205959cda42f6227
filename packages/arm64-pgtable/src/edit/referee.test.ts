import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  buildTables,
  checkSteps,
  type DsbDomain,
  type EditStep,
  type Mapping,
  type RefereeOptions,
  type Space,
  TableArena,
  type TlbiOperation,
} from '../index.ts';

// What the architecture permits that a planner would not do, and what it does not although it looks right.

const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const block: Mapping = { va: 0x4000_0000n, pa: 0x8000_0000n, size: 0x20_0000n, attributes: readWrite };
const page: Mapping = { ...block, size: 0x1000n };
const st: EditStep = { kind: 'dsb', domain: 'ishst' };
const sy: EditStep = { kind: 'dsb', domain: 'ish' };
const isb: EditStep = { kind: 'isb' };
const all: EditStep = { kind: 'tlbi', operation: 'vmalle1is' };

const store = (table: number, index: number, low: number, high = 0): EditStep => ({
  kind: 'write',
  table,
  index,
  low,
  high,
});
const tlbi = (operation: TlbiOperation, operand?: bigint): EditStep =>
  operand === undefined ? { kind: 'tlbi', operation } : { kind: 'tlbi', operation, operand };
const dsb = (domain: DsbDomain): EditStep => ({ kind: 'dsb', domain });

/** Tables in pages from 0x100 on, and what the referee says of steps: the root is 0x100, then 0x101 and so on. */
function judge(
  mapping: Mapping,
  steps: readonly EditStep[],
  of: Space = space,
  options: RefereeOptions = {},
): readonly string[] {
  const arena = new TableArena(0x100, 12, 1024);
  const root = buildTables(of, [mapping], arena.pages, arena);
  return checkSteps(of, root, arena, steps, options).map(({ rule, step }) => `${rule} at ${step}`);
}

describe('permitted', () => {
  test('an access flag is set without any TLBI, also in a group', () => {
    const unused: Attributes = { ...readWrite, accessed: false };
    const set = (count: number, high: number): EditStep[] =>
      Array.from({ length: count }, (_, index) => store(0x102, index, 0x8000_0703 + 0x1000 * index, high));
    expect(judge({ ...page, attributes: unused }, [...set(1, 0x60_0000), st, isb])).toEqual([]);
    const group: Mapping = { ...page, size: 0x1_0000n, attributes: unused };
    const hinted: Space = { ...space, setsAccessFlag: true };
    expect(judge(group, [...set(16, 0x70_0000), st, isb], hinted)).toEqual([]);
  });

  test('what faults on its access flag or output size goes, or becomes another, without any TLBI', () => {
    const unused: Attributes = { ...readWrite, accessed: false };
    expect(judge({ ...page, attributes: unused }, [store(0x102, 0, 0), st, isb])).toEqual([]);
    expect(judge({ ...page, attributes: unused }, [store(0x102, 0, 0x9000_0707), st, isb])).toEqual([]);
    const narrow: Space = { ...space, paBits: 36 };
    const beyond = [store(0x102, 9, 0x703, 0xff), st, isb, store(0x102, 9, 0x9000_0703), st, isb];
    expect(judge(page, beyond, narrow)).toEqual([]);
  });

  test('bits of a table entry that hardware ignores change without any TLBI; limits do not', () => {
    const other = (high: number, low = 0): EditStep[] => [store(0x101, 0, 0x10_2003 | low, high), st, isb];
    expect(judge(page, [...other(0x7f << 20), ...other(0, 0x3fc), ...other(0)])).toEqual([]);
    expect(judge(page, other(1 << 30))).toContain('not-invalidated at 3');
    // What was ignored in between does not hide that the limits went and came.
    const limited = [...other(1 << 30), ...other((1 << 30) | (1 << 20)), ...other(0)];
    expect(judge(page, limited)).toContain('not-invalidated at 9');
    expect(judge(page, [...limited, all, sy, isb])).toEqual([]);
  });

  test('values that one entry had one after the other must all be forgotten', () => {
    const ways = [0xc0, 0x40, 0x80].map((access) => store(0x102, 0, 0x8000_0703 | access, 0x60_0000));
    const forget = tlbi('vale1is', 0x40000n);
    expect(judge(page, [...ways, st, forget, sy, isb])).toEqual([]);
    // The last but one may be fetched again until its store is visible, behind the TLBI.
    expect(judge(page, [...ways.slice(0, 2), st, ...ways.slice(2), forget, sy, isb])).toContain('not-invalidated at 7');
    expect(judge(page, [...ways, store(0x102, 0, 0x9000_0703, 0x60_0000)])).toContain('break-before-make at 3');
  });

  test('pages that no walker reaches are written as one likes', () => {
    expect(judge(block, [store(0x108, 5, 0x703), store(0x108, 5, 0x1703)])).toEqual([]);
    // The root of 30 bits has one entry in use at level 1, that of 34 bits sixteen.
    const small: Space = { ...space, vaBits: 34 };
    expect(judge(block, [store(0x100, 16, 0x4000_0701), store(0x100, 16, 0x8000_0705)], small)).toEqual([]);
    expect(judge(block, [store(0x100, 15, 0x4000_0701), store(0x100, 15, 0x8000_0705)], small)).not.toEqual([]);
  });

  test('a table of zeros is linked before what is stored to it is visible: until then it faults', () => {
    const stores = [store(0x108, 0, 0x703), store(0x100, 0, 0x10_8003)];
    expect(judge(block, [...stores, st, isb])).toEqual([]);
    expect(judge(block, [...stores, isb])).toContain('not-visible at 3');
    const zeroed: EditStep[] = [
      { kind: 'clear', table: 0x102 },
      st,
      store(0x102, 0, 0x703),
      store(0x100, 0, 0x10_2003),
    ];
    expect(judge(block, [...zeroed, st, isb])).toEqual([]);
  });

  test('members of a group differ in what hardware sets: access flags, and that they are dirty', () => {
    const managed: Attributes = { ...readWrite, writable: false, dirtyManaged: true, accessed: false };
    const group: Mapping = { ...page, size: 0x1_0000n, attributes: managed };
    const own: Space = { ...space, setsAccessFlag: true };
    const [clean, high] = [0x8000_0383, 0x70_0000 | (1 << 19)];
    for (const low of [clean | 0x400, clean & ~0x80]) {
      expect(judge(group, [store(0x102, 0, low >>> 0, high), st, all, sy, isb], own)).toEqual([]);
    }
    expect(judge(group, [store(0x102, 0, (clean & ~0x80) >>> 0, 0x70_0000), st, all, sy, isb], own)).toContain(
      'contiguous-group at 1',
    );
  });

  test('an entry that gets back what it was is what TLBs hold, but not under a table with other limits', () => {
    const back = [store(0x102, 0, 0), store(0x102, 0, 0x8000_0703, 0x60_0000)];
    expect(judge(page, [...back, st, isb])).toEqual([]);
    expect(judge(page, [...back.slice(0, 1), st, isb, ...back.slice(1), st, isb])).toEqual([]);
    const limited = store(0x101, 0, 0x10_2003, 1 << 30);
    const gone = store(0x101, 0, 0);
    for (const steps of [
      [limited, ...back],
      [...back, limited],
      [...back.slice(0, 1), gone, limited, ...back.slice(1)],
      [gone, limited, ...back],
    ])
      expect(judge(page, [...steps, st, isb])).toContain(`not-invalidated at ${steps.length + 2}`);
    // Another value in between may be held.
    const other = store(0x102, 0, 0x8000_0783, 0x60_0000);
    expect(judge(page, [other, ...back, st, isb])).toEqual(['not-invalidated at 5']);
  });

  test('storing what is there changes nothing', () => {
    expect(judge(block, [store(0x101, 0, 0x8000_0701, 0x60_0000)])).toEqual([]);
  });

  test('a group is taken apart and put together with barriers in between', () => {
    const group: Mapping = { ...page, size: 0x1_0000n };
    const each = (low: (index: number) => number, high: number): EditStep[] =>
      Array.from({ length: 16 }, (_, index) => [store(0x102, index, low(index), high), st]).flat();
    const apart = each(() => 0, 0);
    const plain = each((index) => 0x8000_0703 + 0x1000 * index, 0x60_0000);
    const hinted = each((index) => 0x9000_0703 + 0x1000 * index, 0x70_0000);
    expect(judge(group, [...apart, all, sy, ...plain, isb])).toEqual([]);
    expect(judge(group, [...apart, all, sy, ...hinted, isb])).toEqual([]);
    expect(judge(group, [...apart, all, sy, ...hinted.slice(0, -2), isb])).toEqual(['contiguous-group at 65']);
    expect(judge(group, [...apart, all, sy, ...hinted.slice(0, -2), ...plain.slice(-2), isb])).toContain(
      'contiguous-group at 65',
    );
  });

  test('an unlinked table is zeroed at once', () => {
    const zero: EditStep[] = [store(0x101, 0, 0), st, store(0x102, 0, 0), { kind: 'clear', table: 0x102 }];
    expect(judge(page, [...zero, st, all, sy, isb])).toEqual([]);
    expect(judge(page, [store(0x101, 0, 0), st, store(0x102, 1, 0x703), st, all, sy, isb])).toEqual([
      'table-in-use at 2',
    ]);
  });

  test.for(['sy', 'ish', 'osh'] as const)('DSB %s completes; its form for stores makes them visible', (domain) => {
    const visible = domain === 'sy' ? dsb('st') : dsb(`${domain}st`);
    expect(judge(block, [store(0x101, 0, 0), visible, all, dsb(domain), isb])).toEqual([]);
    expect(judge(block, [store(0x101, 0, 0), visible, all, visible, isb])).toEqual(['not-invalidated at 5']);
  });

  test('the instructions of a kernel: by identifier, of all, of EL2 with VHE', () => {
    const own: Mapping = { ...block, attributes: { ...readWrite, notGlobal: true } };
    const gone = (operation: EditStep): EditStep[] => [store(0x101, 0, 0), st, operation, sy, isb];
    const host: Space = { ...space, regime: 'EL2&0' };
    const five = { asid: 5 };
    expect(judge(block, gone(tlbi('alle1is')))).toEqual([]);
    expect(judge(own, gone(tlbi('aside1is', 5n << 48n)), space, five)).toEqual([]);
    expect(judge(own, gone(tlbi('vale2is', (5n << 48n) | 0x4_0000n)), host, five)).toEqual([]);
    expect(judge(block, gone(tlbi('vae2is', 0x4_0000n)), host)).toEqual([]);
    expect(judge(block, gone(tlbi('rvae2is', (1n << 46n) | 0x4_0000n)), host)).toEqual([]);
  });
});

describe("a kernel's trace", () => {
  const five = { asid: 5 };
  const own: Attributes = { ...readWrite, notGlobal: true };
  const at = (operation: TlbiOperation, page: bigint): EditStep => tlbi(operation, (5n << 48n) | page);
  const clear = (table: number, index: number): EditStep => store(table, index, 0);

  test('everything of both stages, for tables of EL1', () => {
    const steps = [store(0x102, 0, 0), st, tlbi('vmalls12e1is'), sy, isb];
    expect(judge(page, steps)).toEqual([]);
    expect(judge(page, steps, { ...space, regime: 'EL2&0' })).toContain('wrong-regime at 2');
  });

  test('munmap: entries, range, pages one by one behind it, tables at last', () => {
    const four: Mapping = { ...page, size: 0x4000n, attributes: own };
    const entries = [0, 1, 2, 3].map((index) => clear(0x102, index));
    const range = tlbi('rvale1is', (5n << 48n) | (1n << 46n) | 0x4_0000n);
    const pages = [0x4_0002n, 0x4_0003n].map((va) => at('vale1is', va));
    const leaves = [...entries, dsb('ishst'), range, ...pages, dsb('ish')];
    const tables = [clear(0x101, 0), dsb('ishst'), at('vae1is', 0x4_0000n), dsb('ish')];
    expect(judge(four, [...leaves, ...tables, isb], space, five)).toEqual([]);
    expect(judge(four, [...leaves.toSpliced(5, 1), ...tables, isb], space, five)).toContain('not-invalidated at 13');
    expect(
      judge(four, [...leaves, clear(0x101, 0), dsb('ishst'), at('vale1is', 0x4_0000n), dsb('ish'), isb], space, five),
    ).toContain('not-invalidated at 14');
  });

  test('a new process: everything of an identifier that is used again', () => {
    const steps = [clear(0x102, 0), dsb('ishst'), at('aside1is', 0n), dsb('ish'), isb];
    expect(judge({ ...page, attributes: own }, steps, space, five)).toEqual([]);
    expect(judge(page, steps, space, five)).toContain('not-invalidated at 5');
  });

  test('a page that is made read-only and a block of the linear map that is split, at EL2 with VHE', () => {
    const host: Space = { ...space, regime: 'EL2&0' };
    const readOnly = [store(0x102, 0, 0x8000_0f83, 0x60_0000), dsb('ishst'), at('vale1is', 0x4_0000n), dsb('ish'), isb];
    expect(judge({ ...page, attributes: own }, readOnly, host, five)).toEqual([]);
    const fill = Array.from({ length: 512 }, (_, index) =>
      store(0x108, index, 0x8000_0703 + 0x1000 * index, 0x60_0000),
    );
    const split = [clear(0x101, 0), dsb('ishst'), tlbi('vaale1is', 0x4_0000n), dsb('ish'), store(0x101, 0, 0x10_8003)];
    expect(judge(block, [...fill, dsb('ishst'), ...split, dsb('ishst'), isb], host)).toEqual([]);
    expect(judge(block, [...fill, dsb('ishst'), ...split.slice(4), dsb('ishst'), isb], host)).toContain(
      'break-before-make at 513',
    );
  });
});

describe('forbidden', () => {
  const gone = (operation: EditStep): EditStep[] => [store(0x101, 0, 0), st, operation, sy, isb];
  const held = ['not-invalidated at 5'];

  test('a hint at a level of another granule', () => {
    const ttl = (code: bigint, level: bigint): EditStep => tlbi('vaale1is', (code << 46n) | (level << 44n) | 0x4_0000n);
    expect(judge(block, gone(ttl(1n, 2n)))).toEqual([]);
    expect(judge(block, gone(ttl(0n, 0n)))).toEqual([]);
    // Level 0 has no blocks without LPA2: a reserved hint is none.
    expect(judge(block, gone(ttl(1n, 0n)))).toEqual([]);
    for (const code of [2n, 3n]) expect(judge(block, gone(ttl(code, 2n)))).toEqual(held);
    expect(judge(block, gone(ttl(1n, 3n)))).toEqual(held);
  });

  test('a range that is of another granule or level, or beside it', () => {
    const range = (tg: bigint, level: bigint, base: bigint): EditStep =>
      tlbi('rvaale1is', (tg << 46n) | (level << 37n) | base);
    expect(judge(block, gone(range(1n, 0n, 0x4_0000n)))).toEqual([]);
    expect(judge(block, gone(range(1n, 2n, 0x4_01ffn)))).toEqual([]);
    expect(judge(block, gone(range(1n, 3n, 0x4_0000n)))).toEqual(held);
    expect(judge(block, gone(range(0n, 0n, 0x4_0000n)))).toEqual(held);
    expect(judge(block, gone(range(2n, 0n, 0x4_0000n)))).toEqual(held);
    expect(judge(block, gone(range(1n, 0n, 0x4_0200n)))).toEqual(held);
    expect(judge(block, gone(range(1n, 0n, 0x3_fffen)))).toEqual(held);
    expect(judge(block, gone(range(1n, 0n, 0x3_ffffn)))).toEqual([]);
  });

  test('by identifier, what is global or of another', () => {
    const own: Mapping = { ...block, attributes: { ...readWrite, notGlobal: true } };
    expect(judge(block, gone(tlbi('aside1is', 5n << 48n)), space, { asid: 5 })).toEqual(held);
    expect(judge(own, gone(tlbi('aside1is', 6n << 48n)), space, { asid: 5 })).toEqual(held);
    expect(judge(own, gone(tlbi('vale2is', 0x4_0000n)), { ...space, regime: 'EL2&0' }, { asid: 5 })).toEqual(held);
  });

  test('barriers for this CPU alone', () => {
    expect(judge(block, [store(0x101, 0, 0), dsb('nshst'), all, sy, isb])).toEqual(held);
    expect(judge(block, [store(0x101, 0, 0), st, all, dsb('nsh'), isb])).toEqual(held);
  });

  test('instructions of EL1 where EL2 has both halves', () => {
    expect(judge(block, gone(tlbi('alle1is')), { ...space, regime: 'EL2&0' })).toEqual(['wrong-regime at 2', ...held]);
  });

  test('tables that go round are not followed for ever', () => {
    const arena = new TableArena(0x100, 12, 1024);
    const root = buildTables({ ...space, vaBits: 48 }, [block], arena.pages, arena);
    for (let index = 0; index < 512; index++) arena.page(root).set([root * 4096 + 3, 0], 2 * index);
    expect(() => checkSteps({ ...space, vaBits: 48 }, root, arena, [])).toThrow(
      expect.objectContaining({ name: 'PageTableError', code: 'ELOOP' }),
    );
  });
});
