import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  buildTables,
  checkSteps,
  countTables,
  type DescriptorSource,
  type EditStep,
  type EditViolation,
  type Mapping,
  type Space,
  TableArena,
  type TlbiOperation,
} from '../index.ts';

// Tables that go whole: each of their leaves may be held on, and what becomes of one is not what becomes of another.

const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const FIRST = 0x4_0000n;
/** A table of pages, from page `FIRST` on. */
const pages: Mapping = {
  va: FIRST << 12n,
  pa: 0x8000_0000n,
  size: 0x20_0000n,
  attributes: readWrite,
  largestLevel: 3,
  contiguous: false,
};
const st: EditStep = { kind: 'dsb', domain: 'ishst' };
const sy: EditStep = { kind: 'dsb', domain: 'ish' };
const isb: EditStep = { kind: 'isb' };
const all: EditStep = { kind: 'tlbi', operation: 'vmalle1is' };
const [ROOT, TOP, LEAVES] = [0x100, 0x101, 0x102];

const store = (table: number, index: number, low: number, high = 0): EditStep => ({
  kind: 'write',
  table,
  index,
  low,
  high,
});
const unlink = store(TOP, 0, 0);
const link = (high = 0): EditStep => store(TOP, 0, LEAVES * 0x1000 + 3, high);
const LIMITED = 1 << 30;
const tlbi = (operation: TlbiOperation, page: number): EditStep => ({
  kind: 'tlbi',
  operation,
  operand: FIRST + BigInt(page),
});

/** How a source shows its tables: whole, or entry by entry. */
const sources: readonly [string, (arena: TableArena) => DescriptorSource][] = [
  ['whole tables', (arena) => arena],
  ['single descriptors', (arena) => ({ descriptor: (table, index) => arena.descriptor(table, index) })],
];

function judge(
  steps: readonly EditStep[],
  { mapping = pages, of = space, source = (arena: TableArena): DescriptorSource => arena } = {},
): EditViolation[] {
  const arena = new TableArena(ROOT, countTables(of, [mapping]) + 2, 1024);
  const root = buildTables(of, [mapping], arena.pages, arena);
  const before = arena.words.slice();
  const violations = checkSteps(of, root, source(arena), steps);
  expect(arena.words.every((word, at) => word === before[at])).toBe(true);
  return violations;
}

/** The pages that are not invalidated, from `FIRST` on. */
function left(steps: readonly EditStep[], options?: Parameters<typeof judge>[1]): number[] {
  const violations = judge(steps, options);
  expect([...new Set(violations.map(({ rule }) => rule))]).toEqual(violations.length > 0 ? ['not-invalidated'] : []);
  return violations.map(({ address = 0n }) => Number((address >> 12n) - FIRST));
}

describe.for(sources)('from %s', ([, source]) => {
  const leftOf = (steps: readonly EditStep[]): number[] => left(steps, { source });

  test('leaves that are left side by side are told once', () => {
    // The table, and its leaves.
    expect(leftOf([unlink, st, isb])).toEqual([0, 0]);
    const some = [3, 4, 5, 100].map((page) => tlbi('vaae1is', page));
    expect(leftOf([unlink, st, ...some, sy, isb])).toEqual([0, 6, 101]);
    expect(leftOf([unlink, st, ...some.toReversed(), sy, isb])).toEqual([0, 6, 101]);
    expect(leftOf([unlink, st, all, sy, isb])).toEqual([]);
  });

  test('a table that goes, comes and goes holds what it held', () => {
    const again = [unlink, st, tlbi('vaae1is', 7), sy, link(), st, unlink, st, isb];
    expect(leftOf(again)).toEqual([0, 0]);
    expect(leftOf([...again, all, sy, isb])).toEqual([]);
    // By the table with limits and without.
    expect(leftOf([link(LIMITED), link(), link(LIMITED), st, isb])).toEqual([0, 0, 0]);
    expect(leftOf([link(LIMITED), link(), link(LIMITED), st, all, sy, isb])).toEqual([]);
  });

  test('what is stored to a table after it went does not change what is held of it', () => {
    const other = store(LEAVES, 9, 0x9000_0703, 0x60_0000);
    const marked = store(LEAVES, 20, 0x8001_4703, 0x60_0000 | (1 << 24));
    const gone = [marked, unlink, st, store(LEAVES, 9, 0), st, store(LEAVES, 8, 0)];
    // The leaf of page 9 is another page's when the table is linked on; the old one is held.
    const rules = judge([...gone, other, st, link(), st, isb], { source }).map(({ rule, address = 0n }) => [
      rule,
      Number((address >> 12n) - FIRST),
    ]);
    expect(rules).toContainEqual(['break-before-make', 9]);
    expect(rules).not.toContainEqual(['break-before-make', 8]);
    expect(leftOf([...gone, st, isb])).toEqual([0, 0]);
  });

  test('a leaf that had another value when its table went has two that are held', () => {
    const [low, high] = [0x8000_0783, 0x60_0000];
    const readOnly = store(LEAVES, 0, low, high);
    const steps = [readOnly, st, unlink, st];
    expect(leftOf([...steps, isb])).toEqual([0, 0, 0]);
    expect(leftOf([...steps, all, sy, isb])).toEqual([]);
    const both = [tlbi('vaae1is', 0), sy];
    expect(leftOf([...steps, ...both, isb])).toEqual([1]);
    expect(leftOf([readOnly, unlink, st, all, sy, isb])).toEqual([]);
    // The first value is not visible yet when everything is told to go, or goes already when the table does.
    expect(leftOf([readOnly, unlink, all, sy, isb])).toEqual([0, 0, 0]);
    expect(leftOf([readOnly, st, tlbi('vaale1is', 0), unlink, sy, all, sy, isb])).toEqual([]);
    expect(leftOf([readOnly, st, tlbi('vaale1is', 0), unlink, sy, isb])).toEqual([0, 0]);
    // One of those that are held by themselves is what the table has when it goes, after another was linked elsewhere.
    const device = store(LEAVES, 0, 0x8000_0743, high);
    const elsewhere = store(ROOT, 5, 0x10_3003);
    expect(leftOf([readOnly, device, elsewhere, readOnly, unlink, st, isb])).toEqual([0, 0, 0, 0]);
    expect(leftOf([readOnly, device, elsewhere, readOnly, unlink, st, all, sy, isb])).toEqual([]);
    // Of three that are alike but for software's bits, one.
    const marked = store(LEAVES, 0, low, high | (1 << 24));
    expect(leftOf([readOnly, marked, st, unlink, st, isb])).toEqual([0, 0, 0]);
  });

  test('leaves go by the instruction that takes their table, or after it', () => {
    const steps = (operation: TlbiOperation): EditStep[] => [unlink, st, tlbi(operation, 5), sy];
    expect(leftOf([...steps('vaale1is'), isb])).toEqual([0, 0]);
    expect(leftOf([...steps('vaae1is'), tlbi('vaale1is', 6), sy, isb])).toEqual([0, 7]);
  });
});

test('of several tables in a range each leaf goes as its own table does', () => {
  const mapping: Mapping = { ...pages, size: 0x40_0000n };
  const range: EditStep = {
    kind: 'tlbi',
    operation: 'rvaale1is',
    operand: (1n << 46n) | (15n << 39n) | (1n << 44n) | FIRST,
  };
  const second = [store(TOP, 1, 0), st, tlbi('vaae1is', 513), sy];
  expect(left([...second, isb], { mapping })).toEqual([512, 514]);
  expect(left([...second, unlink, st, range, sy, isb], { mapping })).toEqual([0, 0]);
});

test('a leaf in columns may be another than the table had at first', () => {
  const [high, first] = [0x60_0000, store(LEAVES, 1, 0)];
  const [low, other] = [0x8000_0783, 0x8000_0743];
  const steps = [first, store(LEAVES, 0, low, high), st, tlbi('vaale1is', 0), sy, store(LEAVES, 0, other, high), st];
  expect(left([...steps, isb])).toEqual([0]);
  expect(left([...steps, all, sy, isb])).toEqual([]);
  expect(judge([...steps, store(LEAVES, 0, 0x9000_0783, high)]).map(({ rule }) => rule)).toContain('break-before-make');
});

test('of stage 2 a table that goes whole goes from both stages', () => {
  const of: Space = { granule: '4K', vaBits: 39, regime: 'stage2' };
  const range: EditStep = {
    kind: 'tlbi',
    operation: 'ripas2e1is',
    operand: (1n << 46n) | (7n << 39n) | (1n << 44n) | FIRST,
  };
  const gone = [unlink, st, range, sy];
  expect(left([...gone, all, sy, isb], { of })).toEqual([]);
  expect(left([...gone, isb], { of })).toEqual([0, 0]);
  expect(left([unlink, st, all, sy, range, sy, isb], { of })).toEqual([0, 0]);
});

test('joined tables at the root have entries of their own', () => {
  const of: Space = { granule: '4K', vaBits: 40, regime: 'stage2', startLevel: 1 };
  const gib: Mapping = { va: 0x80_4000_0000n, pa: 0x8000_0000n, size: 0x4000_0000n, attributes: readWrite };
  const arena = new TableArena(0x100, 2, 1024);
  const root = buildTables(of, [gib], arena.pages, arena);
  const steps = [store(root + 1, 1, 0), st, isb];
  expect(checkSteps(of, root, arena, steps).map(({ rule, address }) => [rule, address])).toEqual([
    ['not-invalidated', gib.va],
  ]);
});

test('64 MiB of pages in 32 tables are told in as many pieces', () => {
  const mapping: Mapping = { ...pages, size: 32n * 0x20_0000n };
  const arena = new TableArena(ROOT, countTables(space, [mapping]), 1024);
  const root = buildTables(space, [mapping], arena.pages, arena);
  const steps = [store(root, 1, 0), st, isb];
  // The table of level 2, 32 of level 3 and what each of these holds.
  expect(checkSteps(space, root, arena, steps).length).toBe(1 + 2 * 32);
  expect(checkSteps(space, root, arena, [...steps, all, sy, isb])).toEqual([]);
});
