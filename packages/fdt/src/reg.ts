import { FdtError } from './error.ts';
import { getProperty } from './property.ts';
import type { FdtNode } from './tree.ts';
import { readCells, readU32 } from './values.ts';

/** How many cells an address and a size take in the `reg` of a node's children (Devicetree Specification 2.3.5). */
export interface CellCounts {
  addressCells: number;
  sizeCells: number;
}

/**
 * The node's `#address-cells` and `#size-cells`; 2 and 1 where they are missing (2.3.5). Of the root node Linux takes 1
 * and 1 then, and so does this.
 *
 * @throws FdtError `EINVAL` for one that is not one cell
 */
export function cellCounts(node: FdtNode): CellCounts {
  const isRoot = node.name === '';
  return {
    addressCells: countIn(node, '#address-cells') ?? (isRoot ? 1 : 2),
    sizeCells: countIn(node, '#size-cells') ?? 1,
  };
}

function countIn(node: FdtNode, name: string): number | undefined {
  const value = getProperty(node, name);
  if (value === undefined || value.length === 4) return value && readU32(value);
  throw new FdtError(
    'EINVAL',
    `${name} of '${node.name || '/'}' has ${value.length} bytes`,
    'a count of cells is one cell: 4 bytes',
    { value: name },
  );
}

/**
 * Reads the `reg` property: pairs of address and size (Devicetree Specification 2.3.6). The counts are those of the
 * node's **parent**, see {@link cellCounts}. No `reg`, or an empty one, gives an empty list.
 *
 * @throws FdtError `EINVAL` if `reg` is not whole pairs, `ERANGE` for counts outside 0 to 4
 */
export function readReg(node: FdtNode, addressCells: number, sizeCells: number): { address: bigint; size: bigint }[] {
  const value = getProperty(node, 'reg');
  return value === undefined ? [] : readPairs(value, { addressCells, sizeCells }, `reg of '${node.name || '/'}'`);
}

/** Pairs of address and size in any value; `what` names it in errors. */
export function readPairs(value: Uint8Array, counts: CellCounts, what: string): { address: bigint; size: bigint }[] {
  const { addressCells, sizeCells } = counts;
  checkCount(addressCells, '#address-cells');
  checkCount(sizeCells, '#size-cells');
  const step = addressCells + sizeCells;
  const cells = wholeCells(
    value,
    step,
    what,
    `the parent's #address-cells (${addressCells}) and #size-cells (${sizeCells})`,
  );
  const pairs: { address: bigint; size: bigint }[] = [];
  for (let at = 0; at < cells.length; at += step) {
    const sizeAt = at + addressCells;
    pairs.push({ address: joined(cells, at, sizeAt), size: joined(cells, sizeAt, at + step) });
  }
  return pairs;
}

/**
 * Triples of an address on a bus, the same on the bus above, and a size, as `ranges` and `dma-ranges` have them. Of three
 * address cells (PCI) the first holds flags. `what` names the value in errors.
 */
export function readTriples(
  value: Uint8Array,
  { addressCells, sizeCells }: CellCounts,
  parentCells: number,
  what: string,
): { child: bigint; parent: bigint; size: bigint }[] {
  checkCount(parentCells, '#address-cells');
  const flags = addressCells === 3 ? 1 : 0;
  const step = addressCells + parentCells + sizeCells;
  checkCount(addressCells, '#address-cells');
  checkCount(sizeCells, '#size-cells');
  const counts = `#address-cells (${addressCells} here, ${parentCells} above) and #size-cells (${sizeCells})`;
  const cells = wholeCells(value, step, what, counts);
  return Array.from({ length: cells.length === 0 ? 0 : cells.length / step }, (_, index) => {
    const at = index * step;
    const [parentAt, sizeAt] = [at + addressCells, at + addressCells + parentCells];
    return {
      child: join(cells.slice(at + flags, parentAt)),
      parent: join(cells.slice(parentAt, sizeAt)),
      size: join(cells.slice(sizeAt, at + step)),
    };
  });
}

/** Cells of a value that has `step` of them in each entry. */
function wholeCells(value: Uint8Array, step: number, what: string, counts: string): readonly number[] {
  if (value.length === 0) return [];
  if (step === 0 || value.length % (step * 4) !== 0) {
    const message = `${what} has ${value.length} bytes, not a multiple of ${step} cells`;
    throw new FdtError('EINVAL', message, `check ${counts}`, { value });
  }
  return readCells(value);
}

/** A number from its cells, the high one first. */
export const join = (cells: readonly number[]): bigint => joined(cells, 0, cells.length);

/** A number from the cells from one place up to another. */
function joined(cells: readonly number[], from: number, to: number): bigint {
  // Most high cells are small: what a double holds exactly needs no arithmetic of bigints.
  const [high = 0, low = 0] = [cells[to - 2], cells[to - 1]];
  if (to - from === 2 && high < 0x20_0000) return BigInt(high * 0x1_0000_0000 + low);
  let value = 0n;
  for (let at = from; at < to; at++) value = (value << 32n) | BigInt(cells[at] ?? 0);
  return value;
}

function checkCount(count: number, name: string): void {
  if (!Number.isInteger(count) || count < 0 || count > 4) {
    throw new FdtError('ERANGE', `${name} is ${count}`, 'give 0 to 4', { value: count });
  }
}
