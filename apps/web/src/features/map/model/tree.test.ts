import { readFileSync } from 'node:fs';
import { parseIomem } from '@kexeckit/ioport';
import { expect, test } from 'vitest';
import { outerRows, resourceRows, rowWith, seenRows, treeStep } from './tree.ts';

const MAP = [
  '10000000-2fffffff : pcie',
  '  10000000-100fffff : PCI Bus 01',
  '    10000000-1000ffff : 01:00.0',
  '      10000000-1000ffff : bnxt_en',
  '    10010000-1001ffff : 01:00.1',
  '  10100000-103fffff : PCI Bus 02',
  '40000000-bfffffff : System RAM',
  '  40200000-40ffffff : Kernel code',
].join('\n');
const rows = resourceRows(parseIomem(`${MAP}\n`));
const ALL = new Set<number>();

test('the lines of a map, how deep they lie and what lies in them', () => {
  expect(rows.map(({ depth, within, name }) => `${depth} ${within} ${name}`)).toEqual([
    '0 5 pcie',
    '1 3 PCI Bus 01',
    '2 1 01:00.0',
    '3 0 bnxt_en',
    '2 0 01:00.1',
    '1 0 PCI Bus 02',
    '0 1 System RAM',
    '1 0 Kernel code',
  ]);
});

test("a real board's tree has the depths that its text is indented by", () => {
  const text = readFileSync(
    new URL('../../../desk/boards/broadcom_stingray_bcm958742k.txt', import.meta.url),
    'utf8',
  ).trimEnd();
  const shown = resourceRows(parseIomem(text, { lenient: true }));
  expect(shown.map(({ depth }) => depth)).toEqual(text.split('\n').map((line) => line.search(/\S/) / 2));
});

test('what is folded is passed over with all that lies in it', () => {
  expect(seenRows(rows, new Set([1, 6]))).toEqual([0, 1, 5, 6]);
  expect(seenRows(rows, ALL)).toHaveLength(8);
});

test('the lines that a line lies in, and the innermost that holds a range', () => {
  expect(outerRows(rows, 3)).toEqual([2, 1, 0]);
  expect(rowWith(rows, { start: 0x1000_0000n, end: 0x1000_ffffn })).toBe(3);
  expect(rowWith(rows, { start: 0x1001_0000n, end: 0x1001_0fffn })).toBe(4);
  expect(rowWith(rows, { start: 0x1000_0000n, end: 0x1010_0000n })).toBe(0);
  expect(rowWith(rows, { start: 0x4100_0000n, end: 0x4100_0000n })).toBe(6);
  expect(rowWith(rows, { start: 0x3000_0000n, end: 0x3000_0000n })).toBeUndefined();
});

test.each([
  ['ArrowDown', ALL, 0, { to: 1 }],
  ['ArrowUp', ALL, 1, { to: 0 }],
  ['ArrowDown', new Set([0]), 0, { to: 6 }],
  ['ArrowRight', ALL, 0, { to: 1 }],
  ['ArrowRight', new Set([0]), 0, { fold: false }],
  ['ArrowRight', ALL, 3, {}],
  ['ArrowLeft', ALL, 1, { fold: true }],
  ['ArrowLeft', ALL, 5, { to: 0 }],
  ['Home', ALL, 5, { to: 0 }],
  ['End', new Set([6]), 0, { to: 6 }],
  ['x', ALL, 0, undefined],
])('%s in the tree', (key, folded, index, step) => {
  expect(treeStep(key, rows, folded, seenRows(rows, folded), index)).toEqual(step);
});
