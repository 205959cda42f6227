import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  buildTables,
  checkTables,
  countTables,
  type Edit,
  listMappings,
  type Mapping,
  planEdit,
  type Space,
  sourceOf,
  TableArena,
  type TableFinding,
  walk,
} from './index.ts';

const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const code: Attributes = { type: 'Normal', writable: false, executable: true };
const ram = [{ start: 0x4000_0000n, end: 0x7fff_ffffn }];
const FIRST = 0x7f000;

function build(...mappings: Mapping[]): { arena: TableArena; root: number } {
  const arena = new TableArena(FIRST, 6, 1024);
  return { arena, root: buildTables(space, mappings, arena.pages, arena) };
}

const codes = (findings: readonly TableFinding[]): string[] => findings.map(({ code }) => code);

const text: Mapping = { va: 0x4000_0000n, pa: 0x4000_0000n, size: 0x20_0000n, attributes: code };

test('good tables give nothing to say', () => {
  const { arena, root } = build(text, { ...text, va: 0x5000_0000n, pa: 0x5000_0000n, attributes: readWrite });
  expect(checkTables(space, root, arena, ram)).toEqual([]);
});

describe('mappings', () => {
  test('cacheable mappings of what is not RAM are found to the page', () => {
    const { arena, root } = build({ va: 0x7ff0_0000n, pa: 0x7ff0_0000n, size: 0x30_0000n, attributes: code });
    expect(checkTables(space, root, arena, ram)).toEqual([
      {
        code: 'cacheable-not-ram',
        severity: 'error',
        range: { start: 0x8000_0000n, end: 0x801f_ffffn },
        pa: 0x8000_0000n,
        advice: 'map it as Device, or leave it out',
      },
    ]);
  });

  test('RAM that ranges make up together is RAM, in whatever order and however they meet', () => {
    const { arena, root } = build(text);
    const parts = [
      { start: 0x4000_0800n, end: 0x4010_07ffn },
      { start: 0x4010_0800n, end: 0x7fff_ffffn },
      { start: 0x4000_0000n, end: 0x4000_0fffn },
    ];
    expect(checkTables(space, root, arena, parts)).toEqual([]);
    const gap = [
      { start: 0x4000_0000n, end: 0x4010_07ffn },
      { start: 0x4010_0801n, end: 0x7fff_ffffn },
    ];
    expect(checkTables(space, root, arena, gap)).toMatchObject([
      { code: 'cacheable-not-ram', range: { start: 0x4010_0000n, end: 0x4010_0fffn } },
    ]);
  });

  test('Device mappings that may be executed, by whomever, and uncached memory over devices', () => {
    const device: Attributes = { type: 'Device-nGnRE', writable: true, executable: false };
    const mmio = { va: 0x900_0000n, pa: 0x900_0000n, size: 0x1000n };
    const said = (attributes: Attributes): string[] => {
      const { arena, root } = build(text, { ...mmio, attributes });
      return codes(checkTables(space, root, arena, ram));
    };
    expect(said(device)).toEqual([]);
    expect(said({ ...device, writable: false, executable: true })).toEqual(['device-executable']);
    expect(said({ ...device, writable: false, user: true, userExecutable: true })).toEqual(['device-executable']);
    expect(said({ ...readWrite, type: 'Normal-NC' })).toEqual(['uncached-not-ram']);
  });

  test('what hardware takes for the same is no mismatch', () => {
    const twice = (one: Partial<Attributes>, other: Partial<Attributes>): string[] => {
      const second = { va: 0x1000n, pa: 0x4000_3000n, size: 0x2000n, attributes: { ...readWrite, ...other } };
      const { arena, root } = build({ ...text, attributes: { ...readWrite, ...one } }, second);
      return codes(checkTables(space, root, arena, ram));
    };
    expect(twice({}, { type: 'Normal-Tagged' })).toEqual([]);
    expect(twice({ type: 'Normal-NC' }, { type: 'Normal-NC', shareability: 'none' })).toEqual([]);
    expect(twice({ type: 'Device-nGRE' }, { type: 'Device-nGRE', shareability: 'inner' })).toEqual([]);
    expect(twice({}, { shareability: 'none' })).toEqual(['mismatched-alias']);
    expect(twice({ type: 'Device-nGRE' }, { type: 'Device-nGnRE' })).toEqual(['mismatched-alias']);
  });

  test('many aliases of one page are as many findings', () => {
    const other: Attributes = { ...readWrite, type: 'Normal-NC' };
    const many = Array.from({ length: 1000 }, (_, index) => ({
      ...{ va: BigInt(index) * 0x1000n, pa: 0x4000_3000n, size: 0x1000n },
      attributes: index % 2 === 0 ? readWrite : other,
    }));
    const { arena, root } = build(...many);
    expect(checkTables(space, root, arena, ram).length).toBe(999);
  });

  test('writable and executable, for whomever', () => {
    const both = build({ ...text, attributes: { ...readWrite, executable: true } });
    expect(codes(checkTables(space, both.root, both.arena, ram))).toEqual(['writable-executable']);
    const user = build({ ...text, attributes: { ...readWrite, user: true, userExecutable: true } });
    expect(codes(checkTables(space, user.root, user.arena, ram))).toEqual(['writable-executable']);
  });

  test('written by one mapping and executed by another, for whomever', () => {
    const twice = (one: Attributes, other: Attributes): readonly TableFinding[] => {
      const second = { va: 0x1000n, pa: 0x4000_3000n, size: 0x2000n, attributes: other };
      const { arena, root } = build({ ...text, attributes: one }, second);
      return checkTables(space, root, arena, ram);
    };
    expect(twice(code, readWrite)).toMatchObject([
      {
        code: 'writable-executable-alias',
        severity: 'warning',
        range: { start: 0x1000n, end: 0x2fffn },
        other: { start: 0x4000_3000n, end: 0x4000_4fffn },
        pa: 0x4000_3000n,
      },
    ]);
    const user: Attributes = { ...code, executable: false, user: true, userExecutable: true };
    expect(codes(twice(user, readWrite))).toEqual(['writable-executable-alias']);
    expect(codes(twice(readWrite, user))).toEqual(['writable-executable-alias']);
    expect(twice(code, code)).toEqual([]);
    expect(twice(readWrite, readWrite)).toEqual([]);
    expect(codes(twice(code, { ...readWrite, executable: true }))).toEqual(['writable-executable']);
  });

  test('two mappings of one output that disagree', () => {
    const uncached: Attributes = { ...readWrite, type: 'Normal-NC' };
    const second = { va: 0x1000n, pa: 0x4000_3000n, size: 0x2000n, attributes: uncached };
    const { arena, root } = build({ ...text, attributes: readWrite }, second);
    expect(checkTables(space, root, arena, ram)).toMatchObject([
      {
        code: 'mismatched-alias',
        range: { start: 0x1000n, end: 0x2fffn },
        other: { start: 0x4000_3000n, end: 0x4000_4fffn },
        pa: 0x4000_3000n,
      },
    ]);
    const agreed = build({ ...text, attributes: readWrite }, { ...second, attributes: readWrite });
    expect(checkTables(space, agreed.root, agreed.arena, ram)).toEqual([]);
  });
});

describe('tables', () => {
  test('pages of the pool that nothing reaches, and tables that are not of the pool', () => {
    const { arena, root } = build(text);
    expect(checkTables(space, root, arena, ram, [FIRST, FIRST + 5])).toMatchObject([
      { code: 'foreign-table', pa: BigInt(FIRST + 1) << 12n },
      { code: 'unreachable-table', pa: BigInt(FIRST + 5) << 12n },
    ]);
  });

  test('outside RAM, and writable by what they map', () => {
    const { arena, root } = build({ ...text, pa: 0x7f00_0000n, attributes: readWrite });
    const findings = checkTables(space, root, arena, [{ start: 0x7f00_1000n, end: 0x7fff_ffffn }]);
    expect(codes(findings)).toEqual(['cacheable-not-ram', 'table-not-ram', 'table-writable']);
    expect(findings[2]?.range).toEqual({ start: 0x4000_0000n, end: 0x4000_1fffn });
  });

  test('many mappings of many tables are as many findings as there are of both', () => {
    const blocks = Array.from({ length: 400 }, (_, index) => ({
      ...{ va: BigInt(index) << 30n, pa: 0x4000_0000n, size: 1n << 30n, attributes: readWrite },
    }));
    const single = Array.from({ length: 100 }, (_, index) => ({
      ...{ va: BigInt(index + 400) << 30n, pa: 0x4000_0000n, size: 0x1000n, attributes: code },
    }));
    const all = [...blocks, ...single];
    const pages = Array.from({ length: countTables(space, all) }, (_, index) => FIRST + 2 * index);
    const memory = new TableArena(FIRST, 2 * pages.length, 1024);
    const root = buildTables(space, all, pages, memory);
    const findings = checkTables(space, root, memory, ram).filter(({ code }) => code === 'table-writable');
    expect(findings.length).toBe(399 + pages.length);
    expect(new Set(findings.map(({ pa }) => pa)).size).toBe(pages.length);
    expect(new Set(findings.map(({ range }) => (range?.start ?? 0n) >> 30n)).size).toBe(400);
  });

  test('a table that is not there is a finding, whatever the source', () => {
    const { arena, root } = build(text);
    arena.page(root).set([0x5000_0003, 0], 2 * 2);
    const copied = { descriptor: (table: number, index: number) => arena.descriptor(table, index) };
    for (const source of [arena, sourceOf(arena), copied]) {
      expect(checkTables(space, root, source, ram)).toMatchObject([
        { code: 'table-unreadable', severity: 'error', range: { start: 0x8000_0000n, end: 0xbfff_ffffn } },
      ]);
      expect(walk(space, root, source, 0x80000)).toMatchObject({ kind: 'external-abort', level: 2 });
      expect(listMappings(space, root, source).runs.length).toBe(1);
      const edit: Edit = { kind: 'unmap', va: 0x8000_0000n, size: 0x1000n };
      expect(() => planEdit(space, root, source, edit, [])).toThrow(
        expect.objectContaining({ name: 'PageTableError', code: 'EINVAL' }),
      );
    }
  });

  test('loops, missing tables and what the architecture does not have', () => {
    const { arena, root } = build(text);
    const words = arena.page(root);
    words.set([(root << 12) | 3, 0], 0); // itself
    words.set([0x5000_0003, 0], 2 * 2); // nothing there
    words.set([0x0000_0003, 0xffff], 2 * 3); // beyond 40 bits
    arena.page(FIRST + 1).set([0x4000_0501, 1 << 21], 2 * 9); // shareability 01
    expect(codes(checkTables({ ...space, paBits: 40 }, root, arena, ram))).toEqual([
      'table-shared',
      'reserved-descriptor',
      'table-unreadable',
      'address-size',
    ]);
  });

  test('flags that hardware sets, and bits of software, are each entry’s own in a group', () => {
    const managed: Attributes = { ...readWrite, writable: false, dirtyManaged: true, accessed: false };
    const own: Space = { ...space, setsAccessFlag: true };
    for (const [attributes, low, high, of] of [
      [managed, 0x400, 0, own], // AF is set
      [managed, 0x80, 0, own], // AP[2] is cleared: dirty
      [readWrite, 0, 1 << 23, space], // bit 55
    ] as const) {
      const { arena, root } = build({ ...text, size: 0x200_0000n, attributes });
      const words = arena.page(FIRST + 1);
      words[6] = ((words[6] ?? 0) ^ low) >>> 0;
      words[7] = ((words[7] ?? 0) ^ high) >>> 0;
      expect(checkTables(of, root, arena, ram)).toEqual([]);
    }
    const { arena, root } = build({ ...text, size: 0x200_0000n });
    const words = arena.page(FIRST + 1);
    words[6] = ((words[6] ?? 0) ^ 0x400) >>> 0;
    expect(codes(checkTables(space, root, arena, ram))).toEqual(['contiguous-group']);
  });

  test('a contiguous group with one entry that does not belong', () => {
    const { arena, root } = build({ ...text, size: 0x200_0000n });
    expect(checkTables(space, root, arena, ram)).toEqual([]);
    arena.page(FIRST + 1).fill(0, 2 * 3, 2 * 4);
    expect(checkTables(space, root, arena, ram)).toMatchObject([
      { code: 'contiguous-group', range: { start: 0x4000_0000n, end: 0x41ff_ffffn } },
    ]);
  });
});

test('a hint where the space is smaller than a group is found', () => {
  const small: Space = { granule: '4K', vaBits: 32, regime: 'EL1' };
  const arena = new TableArena(FIRST, 6, 1024);
  const gigabytes: Mapping = { ...text, va: 0x4000_0000n, size: 0x4000_0000n };
  const root = buildTables(small, [gigabytes], arena.pages, arena);
  expect(codes(checkTables(small, root, arena, ram))).toEqual([]);
  arena.page(root)[3] = (arena.page(root)[3] ?? 0) | (1 << 20);
  expect(checkTables(small, root, arena, ram)).toMatchObject([
    { code: 'contiguous-group', range: { start: 0n, end: 0xffff_ffffn } },
  ]);
});
