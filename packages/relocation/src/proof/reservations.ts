import {
  cellCounts,
  type Fdt,
  type FdtNode,
  type FdtReservation,
  findNode,
  getProperty,
  type MemoryRange,
  type ReservedRange,
  readU32,
  readU64,
  reservedMemory,
} from '@kexeckit/fdt';
import { chosenOf } from './chosen.ts';

/**
 * What a device tree reserves as Linux reads it (drivers/of): children of a `/reserved-memory` whose cells are not the root's
 * do not count, nor does one whose `reg` is not whole entries.
 *
 * @throws FdtError for values that cannot be read.
 */
export function reservationsOf(fdt: Fdt): ReservedRange[] {
  const node = findNode(fdt, '/reserved-memory');
  if (node === undefined) return reservedMemory(fdt);
  const children = haveSameCells(node, fdt.root) ? node.children.filter((child) => isReadable(child, node)) : [];
  return reservedMemory({ ...fdt, root: { ...fdt.root, children: [{ ...node, name: 'reserved-memory', children }] } });
}

function isReadable(node: FdtNode, parent: FdtNode): boolean {
  const { addressCells, sizeCells } = cellCounts(parent);
  const bytes = getProperty(node, 'reg')?.length ?? 0;
  return bytes % Math.max(4 * (addressCells + sizeCells), 1) === 0;
}

function haveSameCells(node: FdtNode, root: FdtNode): boolean {
  const [its, wanted] = [cellCounts(node), cellCounts(root)];
  return its.addressCells === wanted.addressCells && its.sizeCells === wanted.sizeCells;
}

/**
 * Whether an entry of the memory reservation block keeps an initramfs, which loaders reserve by its exact size or in whole
 * pages (drivers/of/kexec.c).
 */
export function keepsInitrd({ address, size }: FdtReservation, initrd: MemoryRange | undefined): boolean {
  return initrd !== undefined && address === initrd.start && pageEnd(address + size - 1n) === pageEnd(initrd.end);
}

/** The last address of the page that holds one. */
const pageEnd = (address: bigint): bigint => address | 0xfffn;

/** A tree's memory reservation block without what ends with the kernel that still runs: the place of its own initramfs. */
export function lastingEntries(fdt: Fdt): FdtReservation[] {
  const initrd = initrdOf(fdt);
  return fdt.reservations.filter((entry) => !keepsInitrd(entry, initrd));
}

/** What a device tree reserves, without the same. */
export const lastingReservations = (fdt: Fdt): ReservedRange[] =>
  reservationsOf({ ...fdt, reservations: lastingEntries(fdt) });

/**
 * Where `/chosen` says that the initramfs is, the last byte included; undefined where it does not give both ends: the kernel
 * then has none.
 *
 * @throws FdtError for an end that is no address.
 */
export function initrdOf(fdt: Fdt): MemoryRange | undefined {
  const chosen = chosenOf(fdt);
  const start = chosen && getProperty(chosen, 'linux,initrd-start');
  const end = chosen && getProperty(chosen, 'linux,initrd-end');
  if (start === undefined || end === undefined) return undefined;
  return { start: addressIn(start), end: addressIn(end) - 1n };
}

/** An address of one or two cells. */
const addressIn = (value: Uint8Array): bigint => (value.length === 4 ? BigInt(readU32(value)) : readU64(value));
