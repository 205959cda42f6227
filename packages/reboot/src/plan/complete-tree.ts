import {
  cellCounts,
  cellsValue,
  ensureNode,
  type Fdt,
  findNode,
  linuxDoubts,
  memoryRanges,
  parseFdt,
  type ReservedRange,
  removeProperty,
  reservedMemory,
  serializeFdt,
  setProperty,
} from '@kexeckit/fdt';
import { findByName, type Range, rangeSize, subtractRanges, systemRam } from '@kexeckit/ioport';
import {
  chosenOf,
  lastingEntries,
  lastingReservations,
  regionNodeOf,
  regionParameters,
  setRegionNode,
} from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { Reality } from '../reality/reality.ts';
import { few } from './few-notes.ts';
import { keptBy } from './kept.ts';
import { dropHypervisorMap, fillMemory, leftOut, rangesValue } from './tree-memory.ts';

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
 * @throws FdtError for a tree that cannot be read, or whose cells cannot hold the machine's memory; RebootError `EINVAL` in phase
 * `plan` for an overlay in its place.
 */
export function completeMachine(machine: Reality, given?: Uint8Array): CompleteMachine {
  const blob = given ?? machine.dtb;
  const fdt = parseFdt(blob);
  if (given !== undefined) refuseOverlay(fdt);
  // What ends with the kernel that runs is known by the size of its tree, which may change here.
  const entries = lastingEntries(fdt, blob);
  const changed = { ...fdt, reservations: entries };
  const carried = given === undefined ? [] : carryOver(changed, machine);
  const filled = fillMemory(changed, machine);
  const left = given === undefined ? [] : leftOut(changed, machine);
  const notes = [...carried, ...filled, ...left, ...doubtsOf(changed)];
  if (given === undefined && filled.length === 0) return { reality: machine, notes };
  const reserved = given === undefined ? machine.reserved : [...(machine.reserved ?? []), ...keptBy(machine).reserved];
  return { reality: { ...machine, dtb: serializeFdt(changed), ...(reserved && { reserved }) }, notes };
}

/** An overlay tells of changes to another tree, and of no machine. */
function refuseOverlay({ root }: Fdt): void {
  if (!root.children.some(({ children }) => children.some(({ name }) => name === '__overlay__'))) return;
  throw new RebootError(
    'EINVAL',
    'the device tree is an overlay: it says what to change in another one',
    "apply it to the machine's tree first, and give what comes out: fdtoverlay -i machine.dtb -o new.dtb overlay.dtbo",
    { phase: phases.plan },
  );
}

/** Notes of a kind at most: a plan is no place for long lists. */
const KIND_MAX = 7;

const doubtsOf = (fdt: Fdt): string[] =>
  few(
    linuxDoubts(fdt).map(({ path, problem, reading }) => `device tree, ${path}: ${problem}; ${reading}`),
    KIND_MAX,
    'more such places in the device tree',
  );

/** What the running kernel was told in `/chosen` of the firmware, and of the region that it lives in. */
const carriedNames = Object.values(regionParameters).map(({ note }) => note);
const isCarried = (name: string): boolean => name.startsWith('linux,uefi-') || carriedNames.includes(name);

/** What firmware has written into the machine's own tree, in the place of what it may have written into the one that is given. */
function carryOver(fdt: Fdt, machine: Reality): string[] {
  const own = parseFdt(machine.dtb);
  const notes: string[] = ["the device tree that was given stands in the place of the machine's own"];
  notes.push(...tellOfFirmware(fdt, own));
  const beyond = subtractRanges(memoryRanges(fdt), knownMemory(own, machine)).map(
    ({ start, end }) => `it names memory that this machine is not known to have: ${hex(start)} to ${hex(end)}`,
  );
  notes.push(...few(beyond, KIND_MAX, 'more ranges that it is not known to have'));
  const region = regionNodeOf(own);
  if (region !== undefined && regionNodeOf(fdt) === undefined) setRegionNode(fdt, region);
  const kept = lastingReservations(machine.dtb, machine.roles).filter((range) => !isReserved(fdt, range));
  for (const range of kept) keep(fdt, range);
  const names = few([...new Set(kept.map(({ name }) => name))], KIND_MAX, 'more');
  if (kept.length > 0) notes.push(`kept in it for the firmware: ${names.join(', ')}`);
  return notes;
}

/** What this machine's firmware tells, and nothing that another boot's has told. */
function tellOfFirmware(fdt: Fdt, own: Fdt): string[] {
  const told = chosenOf(own)?.properties.filter(({ name }) => isCarried(name)) ?? [];
  const chosen = chosenOf(fdt) ?? ensureNode(fdt, '/chosen');
  const names = new Set(told.map(({ name }) => name));
  const foreign = chosen.properties.map(({ name }) => name).filter((name) => isCarried(name) && !names.has(name));
  for (const name of foreign) removeProperty(chosen, name);
  if (dropHypervisorMap(fdt, own)) foreign.push('xen,uefi-mmap-start');
  for (const { name, value } of told) setProperty(chosen, name, value);
  return [
    ...(names.size === 0 ? [] : [`carried over into it: ${[...names].join(', ')}`]),
    ...(foreign.length === 0
      ? []
      : [`taken out of it, as this machine's firmware says nothing of it: ${foreign.join(', ')}`]),
  ];
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
  const parent = findNode(fdt, '/reserved-memory');
  const isEmpty = parent === undefined || parent.children.length === 0;
  // What Linux ignores is not made to count: something may stand there that nobody meant.
  const isRead = isEmpty || linuxDoubts(fdt).every(({ path }) => path !== '/reserved-memory');
  if (!range.noMap || !isRead) {
    fdt.reservations.push({ address: range.start, size: rangeSize(range) });
    return;
  }
  if (isEmpty) makeReservedMemory(fdt);
  const node = ensureNode(fdt, `/reserved-memory/${freeName(fdt, range)}`);
  // What is reserved before, as by another node for the same place, is mapped for good.
  const children = findNode(fdt, '/reserved-memory')?.children ?? [];
  children.unshift(...children.splice(children.indexOf(node), 1));
  setProperty(node, 'reg', rangesValue([range], fdt.root));
  setProperty(node, 'no-map', new Uint8Array());
}

/** Gives it what Linux wants to see before it reads what stands in it. */
function makeReservedMemory(fdt: Fdt): void {
  const { addressCells, sizeCells } = cellCounts(fdt.root);
  const parent = ensureNode(fdt, '/reserved-memory');
  setProperty(parent, '#address-cells', cellsValue(addressCells));
  setProperty(parent, '#size-cells', cellsValue(sizeCells));
  setProperty(parent, 'ranges', new Uint8Array());
}

/** A name that no other node has: what that keeps stays kept. */
function freeName(fdt: Fdt, { start }: ReservedRange): string {
  const taken = new Set(findNode(fdt, '/reserved-memory')?.children.map(({ name }) => name));
  for (let number = 1; ; number++) {
    const name = `firmware${number === 1 ? '' : `-${number}`}@${start.toString(16)}`;
    if (!taken.has(name)) return name;
  }
}
