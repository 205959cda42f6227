import { expect, test } from 'vitest';
import { dumpOf } from './dump.ts';
import { bitGroups, bitsOfField, keysAbove, type TreeRow, TreeRows, treeMove } from './rows.ts';
import { openTables } from './session.ts';
import { firstSource, OWN, readSource } from './source.ts';

const { source } = readSource({ ...firstSource, of: OWN });
if (source === undefined) throw new TypeError('the first mappings are wrong');
const session = openTables(await dumpOf(source, undefined));
const facts = session.facts();
const NOW = { edit: undefined, done: 0 };
const tables = new Map(session.tree(NOW, ['', ...session.keys(NOW)], true).map((table) => [table.key, table]));
const shown = (open: readonly string[]): TreeRows => new TreeRows(tables, new Set(open), facts);
const seen = (open: readonly string[]): TreeRow[] => {
  const rows = shown(open);
  return Array.from({ length: rows.length }, (_, at) => rows.at(at)).filter((row) => row !== undefined);
};

test('only what is open can be seen, each row with its place', () => {
  expect(seen([]).map(({ first, last, kind, depth }) => [first, last, kind, depth])).toEqual([
    [0, 0, 'table', 1],
    [1, 1, 'table', 1],
  ]);
  const rows = seen(['1:262144']);
  expect(rows.map(({ key, depth, position, siblings }) => [key, depth, position, siblings])).toEqual([
    ['1:0', 1, 1, 2],
    ['1:262144', 1, 2, 2],
    ['2:262144', 2, 1, 4],
    ['2:262656', 2, 2, 4],
    ['2:263168', 2, 3, 4],
    ['2:265216', 2, 4, 4],
  ]);
  expect(seen(['2:262144'])).toHaveLength(2);
});

test('an entry is found in the row of its group', () => {
  const rows = shown(['1:262144']);
  expect(rows.at(rows.indexOf({ level: 2, page: 0x40800 }))?.key).toBe('2:263168');
  expect(rows.indexOf({ level: 3, page: 0x9000 })).toBe(-1);
  expect(rows.at(rows.length)).toBeUndefined();
  expect(keysAbove({ level: 3, page: 0x9005 }, facts)).toEqual(['1:0', '2:36864']);
});

test('keys lead through the tree', () => {
  const rows = shown(['1:262144']);
  expect(treeMove('ArrowDown', rows, 5, 10)).toEqual({ to: 5 });
  expect(treeMove('ArrowRight', rows, 0, 10)).toEqual({ toggle: 0 });
  expect(treeMove('ArrowRight', rows, 1, 10)).toEqual({ to: 2 });
  expect(treeMove('ArrowLeft', rows, 1, 10)).toEqual({ toggle: 1 });
  expect(treeMove('ArrowLeft', rows, 4, 10)).toEqual({ to: 1 });
  expect([treeMove('Home', rows, 4, 10), treeMove('End', rows, 0, 10), treeMove('PageUp', rows, 5, 3)]).toEqual([
    { to: 0 },
    { to: 5 },
    { to: 2 },
  ]);
  expect([
    treeMove('x', rows, 0, 1),
    treeMove('End', new TreeRows(new Map(), new Set(), facts), 0, 1),
    treeMove('ArrowRight', rows, 3, 1),
  ]).toEqual([undefined, undefined, undefined]);
});

test('bits are read from the highest down, in fours', () => {
  expect([bitGroups(5n, 3), bitGroups(0x1ffn, 9), bitGroups(1n, 8)]).toEqual(['101', '1 1111 1111', '0000 0001']);
  expect([bitsOfField('63:59'), bitsOfField('10')]).toEqual([5, 1]);
});
