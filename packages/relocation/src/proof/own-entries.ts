import { type Fdt, type FdtReservation, getProperty, type MemoryRange, readU32, readU64 } from '@kexeckit/fdt';
import { chosenOf } from './chosen.ts';

/**
 * Entries of a machine's memory reservation block that end with the kernel that still runs (drivers/of/kexec.c): the place of
 * its own initramfs, and that of the blob itself.
 *
 * @param totalSize of the blob, in bytes.
 */
export function endingEntries(fdt: Fdt, totalSize: number): ReadonlySet<FdtReservation> {
  const initrd = initrdOf(fdt);
  const ending = new Set(fdt.reservations.filter((entry) => keepsInitrd(entry, initrd)));
  // Where the blob lies, nobody tells: it is known by its size alone.
  const [blob, another] = fdt.reservations.filter(
    (entry) => !ending.has(entry) && mayKeepBlob(entry, BigInt(totalSize)),
  );
  if (blob !== undefined && another === undefined) ending.add(blob);
  return ending;
}

/** The size that a blob says it has: the second word of its header. */
export const totalSizeOf = (blob: Uint8Array): number => readU32(blob.subarray(4, 8));

const PAGE = 0x1000n;

/** The start and the last address of the page that holds one. */
const pageStart = (address: bigint): bigint => address & ~0xfffn;
const pageEnd = (address: bigint): bigint => address | 0xfffn;

const wholePages = (size: bigint): bigint => pageEnd(size - 1n) + 1n;

/**
 * Whether an entry has just the size of the blob, or that in whole pages. One page says nothing: so much is what firmware
 * keeps for itself more often than not.
 */
function mayKeepBlob({ address, size }: FdtReservation, totalSize: bigint): boolean {
  if (size === PAGE || address % 8n !== 0n) return false;
  return size === totalSize || (size === wholePages(totalSize) && address % PAGE === 0n);
}

/**
 * Whether an entry of the memory reservation block keeps an initramfs, which loaders reserve by its exact size, by that in
 * whole pages, or by the pages that it touches.
 */
export function keepsInitrd({ address, size }: FdtReservation, initrd: MemoryRange | undefined): boolean {
  if (initrd === undefined) return false;
  const { start, end } = initrd;
  if (address === start && size === wholePages(end - start + 1n)) return true;
  return (address === start || address === pageStart(start)) && pageEnd(address + size - 1n) === pageEnd(end);
}

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
export const addressIn = (value: Uint8Array): bigint => (value.length === 4 ? BigInt(readU32(value)) : readU64(value));
