import { describe, expect, test } from 'vitest';
import { cellCounts, readReg } from './reg.ts';
import { thrownBy } from './testing/errors.ts';
import type { FdtNode } from './tree.ts';
import { cellsValue, u32Value } from './values.ts';

function nodeWith(properties: Record<string, Uint8Array>): FdtNode {
  return { name: 'n', properties: Object.entries(properties).map(([name, value]) => ({ name, value })), children: [] };
}

describe('readReg', () => {
  test.each<[string, Uint8Array, number, number, [bigint, bigint][]]>([
    ['two cells each', cellsValue(1, 2, 3, 4), 2, 2, [[0x100000002n, 0x300000004n]]],
    [
      'one cell each, twice',
      cellsValue(1, 2, 3, 4),
      1,
      1,
      [
        [1n, 2n],
        [3n, 4n],
      ],
    ],
    [
      'no size, as for CPUs',
      cellsValue(0, 0x100),
      1,
      0,
      [
        [0n, 0n],
        [0x100n, 0n],
      ],
    ],
    ['three address cells, as for PCI', cellsValue(1, 2, 3, 4), 3, 1, [[(1n << 64n) + 0x200000003n, 4n]]],
    ['empty', new Uint8Array(0), 2, 1, []],
    ['empty, no cells', new Uint8Array(0), 0, 0, []],
  ])('%s', (_, reg, addressCells, sizeCells, expected) => {
    expect(readReg(nodeWith({ reg }), addressCells, sizeCells)).toEqual(
      expected.map(([address, size]) => ({ address, size })),
    );
  });

  test('no reg, no ranges', () => {
    expect(readReg(nodeWith({}), 2, 2)).toEqual([]);
  });

  test.each<[string, Uint8Array, number, number, string]>([
    ['half a pair', cellsValue(1, 2, 3), 2, 2, 'EINVAL'],
    ['half a cell', new Uint8Array(6), 1, 0, 'EINVAL'],
    ['cells where there should be none', cellsValue(1), 0, 0, 'EINVAL'],
    ['five address cells', cellsValue(1), 5, 0, 'ERANGE'],
    ['a fractional count', cellsValue(1), 1, 0.5, 'ERANGE'],
  ])('%s is refused', (_, reg, addressCells, sizeCells, code) => {
    expect(thrownBy(() => readReg(nodeWith({ reg }), addressCells, sizeCells)).code).toBe(code);
  });
});

test('missing counts are 2 and 1', () => {
  expect(cellCounts(nodeWith({}))).toEqual({ addressCells: 2, sizeCells: 1 });
  expect(cellCounts(nodeWith({ '#address-cells': u32Value(1), '#size-cells': u32Value(0) }))).toEqual({
    addressCells: 1,
    sizeCells: 0,
  });
  expect(thrownBy(() => cellCounts(nodeWith({ '#size-cells': new Uint8Array(2) }))).code).toBe('EINVAL');
});

test('a count of cells that is not one cell is refused by its name', () => {
  const odd = nodeWith({ '#size-cells': new Uint8Array(2) });
  expect(thrownBy(() => cellCounts(odd))).toMatchObject({
    code: 'EINVAL',
    message: "#size-cells of 'n' has 2 bytes",
  });
});
