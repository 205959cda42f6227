import {
  cellCounts,
  cellsValue,
  ensureNode,
  type Fdt,
  type FdtNode,
  findNode,
  getProperty,
  linuxDoubts,
  memoryRanges,
  parseFdt,
  type ReservedRange,
  reservedMemory,
  serializeFdt,
  setProperty,
  stringValue,
} from '@kexeckit/fdt';
import { findByName, mergeRanges, type Range, rangeSize, subtractRanges, systemRam } from '@kexeckit/ioport';
import { chosenOf, lastingReservations, regionNodeOf, regionParameters, setRegionNode } from '@kexeckit/relocation';
import type { Reality } from '../reality/reality.ts';
import { keptBy } from './kept.ts';

/** A machine whose device tree says all that the next kernel needs to know of it. */
export interface CompleteMachine {
  readonly reality: Reality;
  /** What was filled in, and what Linux reads otherwise than it may be meant, for people. */
  readonly notes: readonly string[];
}

/**
 * Fills in what the next kernel needs and the tree does not say: memory, from the machine's map, as firmware does. Of a tree that
 * was given in the place of the machine's own, what firmware has told the running kernel too: where UEFI's tables are, and what
 * it keeps for itself.
 *
 * @param given a tree of this very machine; its own by default.
 * @throws FdtError for a tree that cannot be read, or whose cells cannot hold the machine's memory.
 */
export function completeMachine(machine: Reality, given?: Uint8Array): CompleteMachine {
  const fdt = parseFdt(given ?? machine.dtb);
  const carried = given === undefined ? [] : carryOver(fdt, machine);
  const filled = fillMemory(fdt, machine);
  const notes = [...carried, ...filled, ...doubtsOf(fdt)];
  if (given === undefined && filled.length === 0) return { reality: machine, notes };
  const reserved = given === undefined ? machine.reserved : [...(machine.reserved ?? []), ...keptBy(machine).reserved];
  return { reality: { ...machine, dtb: serializeFdt(fdt), ...(reserved && { reserved }) }, notes };
}

/** Notes about a tree at most: a plan is no place for long lists. */
const DOUBTS_MAX = 6;

function doubtsOf(fdt: Fdt): string[] {
  const all = linuxDoubts(fdt).map(({ path, problem, reading }) => `device tree, ${path}: ${problem}; ${reading}`);
  const more = all.length - DOUBTS_MAX;
  return more <= 0 ? all : [...all.slice(0, DOUBTS_MAX), `device tree: ${more} more such places`];
}

/** Whether the kernel takes its memory from UEFI's map, or from that of a hypervisor (drivers/firmware/efi/fdtparams.c). */
function hasFirmwareMap(fdt: Fdt): boolean {
  const chosen = chosenOf(fdt);
  const xen = findNode(fdt, '/hypervisor/uefi');
  return (
    (chosen !== undefined && getProperty(chosen, 'linux,uefi-mmap-start') !== undefined) ||
    (xen !== undefined && getProperty(xen, 'xen,uefi-mmap-start') !== undefined)
  );
}

function fillMemory(fdt: Fdt, { memory }: Reality): string[] {
  if (memoryRanges(fdt).length > 0 || hasFirmwareMap(fdt)) return [];
  const banks = mergeRanges(systemRam(memory));
  const [first] = banks;
  if (first === undefined) return [];
  const empty = fdt.root.children.find((node) => isMemory(node));
  const node = empty ?? ensureNode(fdt, `/memory@${first.start.toString(16)}`);
  setProperty(node, 'device_type', stringValue('memory'));
  setProperty(node, 'reg', regOf(banks, fdt.root));
  const mebibytes = banks.reduce((sum, bank) => sum + rangeSize(bank), 0n) >> 20n;
  return [`the device tree names no memory: ${mebibytes} MiB are filled in from the machine's map`];
}

/** A node that firmware would have filled in. */
const isMemory = (node: FdtNode): boolean => {
  const type = getProperty(node, 'device_type');
  const isNamed = node.name === 'memory' || node.name.startsWith('memory@');
  return isNamed && type !== undefined && getProperty(node, 'status') === undefined;
};

/** Addresses and sizes, in cells of the root. @throws FdtError `ERANGE` where they have no room. */
function regOf(ranges: readonly Range[], root: FdtNode): Uint8Array {
  const { addressCells, sizeCells } = cellCounts(root);
  return cellsValue(
    ...ranges.flatMap((range) => [...cells(range.start, addressCells), ...cells(rangeSize(range), sizeCells)]),
  );
}

/** The high cells first; what is left over goes to the first, which is refused where it has no room. */
const cells = (value: bigint, count: number): bigint[] =>
  count <= 1 ? [value] : [...cells(value >> 32n, count - 1), value & 0xffff_ffffn];

/** What the running kernel was told in `/chosen` of the firmware, and of the region that it lives in. */
const carriedNames = Object.values(regionParameters).map(({ note }) => note);
const isCarried = (name: string): boolean => name.startsWith('linux,uefi-') || carriedNames.includes(name);

/** What firmware has written into the machine's own tree. */
function carryOver(fdt: Fdt, machine: Reality): string[] {
  const own = parseFdt(machine.dtb);
  const notes: string[] = ['the device tree that was given stands in the place of the machine’s own'];
  const told = chosenOf(own)?.properties.filter(({ name }) => isCarried(name)) ?? [];
  const chosen = chosenOf(fdt) ?? ensureNode(fdt, '/chosen');
  for (const { name, value } of told) setProperty(chosen, name, value);
  if (told.length > 0) notes.push(`carried over into it: ${told.map(({ name }) => name).join(', ')}`);
  for (const { start, end } of subtractRanges(memoryRanges(fdt), knownMemory(own, machine)))
    notes.push(`it names memory that this machine is not known to have: ${hex(start)} to ${hex(end)}`);
  const region = regionNodeOf(own);
  if (region !== undefined && regionNodeOf(fdt) === undefined) setRegionNode(fdt, region);
  const kept = lastingReservations(machine.dtb, machine.roles).filter((range) => !isReserved(fdt, range));
  for (const range of kept) keep(fdt, range);
  if (kept.length > 0) notes.push(`kept in it for the firmware: ${kept.map(({ name }) => name).join(', ')}`);
  return notes;
}

/** What the machine's tree names, and what its map has: firmware keeps some of it, beside System RAM. */
const knownMemory = (own: Fdt, { memory }: Reality): Range[] => [
  ...memoryRanges(own),
  ...systemRam(memory),
  ...findByName(memory, 'reserved'),
];

const hex = (address: bigint): string => `0x${address.toString(16)}`;

const isReserved = (fdt: Fdt, range: ReservedRange): boolean =>
  subtractRanges(
    [range],
    reservedMemory(fdt).filter(({ noMap }) => noMap || !range.noMap),
  ).length === 0;

/** Keeps a range: in the memory reservation block, or, where nobody may even map it, by a node. */
function keep(fdt: Fdt, range: ReservedRange): void {
  const before = findNode(fdt, '/reserved-memory');
  // What Linux ignores is not made to count: something may stand there that nobody meant.
  const isRead = before === undefined || linuxDoubts(fdt).every(({ path }) => path !== '/reserved-memory');
  if (!range.noMap || !isRead) {
    fdt.reservations.push({ address: range.start, size: rangeSize(range) });
    return;
  }
  if (before === undefined) {
    const { addressCells, sizeCells } = cellCounts(fdt.root);
    const parent = ensureNode(fdt, '/reserved-memory');
    setProperty(parent, '#address-cells', cellsValue(addressCells));
    setProperty(parent, '#size-cells', cellsValue(sizeCells));
    setProperty(parent, 'ranges', new Uint8Array());
  }
  const node = ensureNode(fdt, `/reserved-memory/firmware@${range.start.toString(16)}`);
  setProperty(node, 'reg', regOf([range], fdt.root));
  setProperty(node, 'no-map', new Uint8Array());
}
