import {
  type CellCounts,
  type FdtNode,
  type FdtReservation,
  getProperty,
  type MemoryRange,
  readReg,
} from '@kexeckit/fdt';

/** The ranges of a node's `reg`; none, if it is not whole entries. */
export function regOf(node: FdtNode, { addressCells, sizeCells }: CellCounts): MemoryRange[] {
  const bytes = getProperty(node, 'reg')?.length ?? 0;
  const entry = 4 * (addressCells + sizeCells);
  return entry > 0 && bytes % entry === 0 ? rangesOf(readReg(node, addressCells, sizeCells)) : [];
}

const LAST = (1n << 64n) - 1n;

/** Ranges as Linux takes them: numbers have 64 bits, whatever their cells, and what wraps ends with the addresses (memblock). */
export function rangesOf(pairs: readonly FdtReservation[]): MemoryRange[] {
  return pairs
    .map(({ address, size }) => ({ start: BigInt.asUintN(64, address), size: BigInt.asUintN(64, size) }))
    .filter(({ size }) => size > 0n)
    .map(({ start, size }) => ({ start, end: start + size - 1n < LAST ? start + size - 1n : LAST }));
}
