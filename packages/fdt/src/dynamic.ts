import { isAvailable, type MemoryRange } from './memory.ts';
import { getProperty } from './property.ts';
import { cellCounts, join, readPairs } from './reg.ts';
import { whyReservedIgnored } from './reserved-node.ts';
import type { Fdt, FdtNode } from './tree.ts';
import { readCells } from './values.ts';

/** Memory that a kernel is to set aside where it likes (Devicetree Specification 3.5.1). */
export interface DynamicReservation {
  /** Name of the node under `/reserved-memory`. */
  readonly name: string;
  readonly size: bigint;
  /** What the start is a multiple of; 1 where nothing is said. */
  readonly alignment: bigint;
  /** Where it may be; empty where it may be anywhere. */
  readonly allocRanges: readonly MemoryRange[];
  /** The kernel may use it until a driver needs it. */
  readonly reusable: boolean;
  /** The kernel must not even map it. */
  readonly noMap: boolean;
}

/**
 * The nodes of `/reserved-memory` that ask for a `size` and have no `reg`, in their order. What Linux cannot read it does
 * not reserve, and is left out: {@link linuxDoubts} names it.
 */
export function dynamicReservations(fdt: Fdt): DynamicReservation[] {
  const parent = fdt.root.children.find(({ name }) => name === 'reserved-memory');
  if (parent === undefined || whyReservedIgnored(fdt, parent) !== undefined) return [];
  return parent.children
    .filter((node) => isAvailable(node) && isDynamic(node) && whyUnreadable(fdt, node) === undefined)
    .map((node) => readDynamic(fdt, node));
}

/** Whether a node of `/reserved-memory` has no place yet. */
export const isDynamic = (node: FdtNode): boolean =>
  getProperty(node, 'reg') === undefined && getProperty(node, 'size') !== undefined;

/** Why Linux does not reserve what a node asks for, in words. */
export function whyUnreadable(fdt: Fdt, node: FdtNode): string | undefined {
  const { addressCells, sizeCells } = cellCounts(fdt.root);
  if (getProperty(node, 'size')?.length !== sizeCells * 4) return `its size is not ${sizeCells} cells`;
  const alignment = getProperty(node, 'alignment');
  if (alignment !== undefined && alignment.length !== addressCells * 4)
    return `its alignment is not ${addressCells} cells`;
  const ranges = getProperty(node, 'alloc-ranges')?.length ?? 0;
  return ranges % ((addressCells + sizeCells) * 4) === 0 ? undefined : 'its alloc-ranges are not whole entries';
}

function readDynamic(fdt: Fdt, node: FdtNode): DynamicReservation {
  const numberOf = (name: string): bigint => join(readCells(getProperty(node, name) ?? new Uint8Array(0)));
  const ranges = readPairs(
    getProperty(node, 'alloc-ranges') ?? new Uint8Array(0),
    cellCounts(fdt.root),
    'alloc-ranges',
  );
  return {
    name: node.name,
    size: numberOf('size'),
    alignment: numberOf('alignment') || 1n,
    allocRanges: ranges
      .filter(({ size }) => size > 0n)
      .map(({ address, size }) => ({ start: address, end: address + size - 1n })),
    reusable: getProperty(node, 'reusable') !== undefined,
    noMap: getProperty(node, 'no-map') !== undefined,
  };
}
