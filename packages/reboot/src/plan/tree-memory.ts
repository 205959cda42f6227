import {
  cellCounts,
  cellsValue,
  ensureNode,
  type Fdt,
  FdtError,
  type FdtNode,
  findNode,
  getProperty,
  isAvailable,
  memoryRanges,
  parseFdt,
  removeProperty,
  setProperty,
  stringValue,
} from '@kexeckit/fdt';
import { mergeRanges, type Range, rangeSize, subtractRanges, systemRam } from '@kexeckit/ioport';
import { chosenOf } from '@kexeckit/relocation';
import type { Reality } from '../reality/reality.ts';

/** Where it stands that the kernel takes its memory from UEFI's map, or from that of a hypervisor (drivers/firmware/efi/fdtparams.c). */
const XEN_PATH = '/hypervisor/uefi';

function hasFirmwareMap(fdt: Fdt): boolean {
  const chosen = chosenOf(fdt);
  const xen = findNode(fdt, XEN_PATH);
  return (
    (chosen !== undefined && getProperty(chosen, 'linux,uefi-mmap-start') !== undefined) ||
    (xen !== undefined && getProperty(xen, 'xen,uefi-mmap-start') !== undefined)
  );
}

/** Without what another boot's firmware has told there: a machine whose own tree has nothing of it has no such firmware. */
export function dropHypervisorMap(fdt: Fdt, own: Fdt): boolean {
  const node = findNode(fdt, XEN_PATH);
  return node !== undefined && findNode(own, XEN_PATH) === undefined && removeProperty(node, 'xen,uefi-mmap-start');
}

/**
 * What of these ranges the kernel that reads the tree has as memory: all of it, where firmware tells of it.
 *
 * @throws FdtError for a tree that cannot be read.
 */
export function inMemoryOf(blob: Uint8Array, ranges: readonly Range[]): Range[] {
  const fdt = parseFdt(blob);
  return hasFirmwareMap(fdt) ? [...ranges] : subtractRanges(ranges, subtractRanges(ranges, memoryRanges(fdt)));
}

/**
 * Fills in the machine's memory where the tree names none, and no firmware would.
 *
 * @returns what was filled in, for people.
 * @throws FdtError `ERANGE` where the tree's cells have no room for it.
 */
export function fillMemory(fdt: Fdt, { memory }: Reality): string[] {
  if (memoryRanges(fdt).length > 0 || hasFirmwareMap(fdt)) return [];
  const banks = mergeRanges(systemRam(memory));
  const [first] = banks;
  if (first === undefined) return [];
  const value = rangesValue(banks, fdt.root);
  const empty = fdt.root.children.find((node) => isMemory(node));
  const node = empty ?? ensureNode(fdt, `/memory@${first.start.toString(16)}`);
  setProperty(node, 'device_type', stringValue('memory'));
  setProperty(node, 'reg', value);
  // What would count before it, and what would take it away again.
  for (const name of ['linux,usable-memory', 'status']) removeProperty(node, name);
  return [`the device tree names no memory: ${mebibytes(banks)} MiB are filled in from the machine's map`];
}

/** What a tree leaves out of the machine's memory, for people. */
export function leftOut(fdt: Fdt, { memory }: Reality): string[] {
  const left = hasFirmwareMap(fdt) ? [] : subtractRanges(systemRam(memory), memoryRanges(fdt));
  return left.length === 0
    ? []
    : [`it does not name ${mebibytes(left)} MiB of this machine's memory: the next kernel does not have them`];
}

const mebibytes = (ranges: readonly Range[]): bigint => ranges.reduce((sum, each) => sum + rangeSize(each), 0n) >> 20n;

/** A node that firmware would have filled in. */
const isMemory = (node: FdtNode): boolean => {
  const isNamed = node.name === 'memory' || node.name.startsWith('memory@');
  return isNamed && getProperty(node, 'device_type') !== undefined && isAvailable(node);
};

/** Addresses and sizes, in cells of the root. @throws FdtError `ERANGE` where they have no room. */
export function rangesValue(ranges: readonly Range[], root: FdtNode): Uint8Array {
  const { addressCells, sizeCells } = cellCounts(root);
  return cellsValue(
    ...ranges.flatMap((range) => [
      ...cells(range.start, addressCells, '#address-cells', root),
      ...cells(rangeSize(range), sizeCells, '#size-cells', root),
    ]),
  );
}

/** The high cells first. */
function cells(value: bigint, count: number, name: string, root: FdtNode): bigint[] {
  if (value >> BigInt(32 * count) === 0n)
    return Array.from({ length: count }, (_, at) => (value >> BigInt(32 * (count - 1 - at))) & 0xffff_ffffn);
  const why = getProperty(root, name) === undefined ? `no ${name}, where Linux takes ${count}` : `${name} of ${count}`;
  throw new FdtError(
    'ERANGE',
    `the root of the device tree has ${why}: the machine's memory of 0x${value.toString(16)} does not fit`,
    `give it ${name} = <2>, and what depends on it, or another device tree`,
    { value },
  );
}
