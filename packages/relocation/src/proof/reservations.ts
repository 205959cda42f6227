import {
  cellCounts,
  type Fdt,
  FdtError,
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
 * What a device tree reserves as Linux reads it: children of a `/reserved-memory` whose cells are not the root's do not
 * count (drivers/of/fdt.c, __reserved_mem_check_root).
 *
 * @throws FdtError for values that cannot be read.
 */
export function reservationsOf(fdt: Fdt): ReservedRange[] {
  const node = findNode(fdt, '/reserved-memory');
  if (node === undefined || haveSameCells(node, fdt.root)) return reservedMemory(fdt);
  return reservedMemory({ ...fdt, root: { ...fdt.root, children: [] } });
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

/** Where `/chosen` says that the initramfs is, the last byte included; undefined where it says nothing. @throws FdtError */
export function initrdOf(fdt: Fdt): MemoryRange | undefined {
  const chosen = chosenOf(fdt);
  const start = chosen && getProperty(chosen, 'linux,initrd-start');
  const end = chosen && getProperty(chosen, 'linux,initrd-end');
  if (start === undefined && end === undefined) return undefined;
  if (start === undefined || end === undefined)
    throw new FdtError('EINVAL', '/chosen has one end of an initramfs only', 'give both, or none');
  return { start: addressIn(start), end: addressIn(end) - 1n };
}

/** An address of one or two cells. */
const addressIn = (value: Uint8Array): bigint => (value.length === 4 ? BigInt(readU32(value)) : readU64(value));
