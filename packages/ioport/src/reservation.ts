import { IORES_DESC, IORESOURCE } from './flags.ts';
import { alignUp, locateMemHole } from './hole.ts';
import type { LogLine } from './log.ts';
import { freeRam, systemRam, systemRamResources } from './ram.ts';
import { higher, lower, type Range, rangeContains, rangeSize, rangesOverlap } from './range.ts';
import { insertResource } from './request.ts';
import { childrenOf, type Resource } from './resource.ts';
import { formatRange } from './text.ts';
import type { ResourceTree } from './tree.ts';

/** arm64 kernels whose placement is modelled. */
export type ReservationKernel = '6.1' | '7.3';

/** What the command line asks for, in bytes: the fields of a parsed `crashkernel=` or `kexeckernel=`. */
export interface ReservationRequest {
  /** Size of the region. */
  size: bigint;
  /** Wanted start, 0 for anywhere. */
  base: bigint;
  /** Size of the low region that goes with a region above the low-memory limit. */
  lowSize?: bigint | undefined;
  /** Whether `,high` was given. */
  high?: boolean | undefined;
}

/** On what kind of machine. */
export interface ReservationOptions {
  /** Whose rules; 7.3 by default. */
  kernel?: ReservationKernel | undefined;
  /**
   * First address that 32-bit (or worse) devices cannot reach: what the kernel calls the low-memory or DMA limit. By
   * default 4 GiB, or no limit where all RAM lies above; 1 GiB on a Raspberry Pi 4.
   */
  lowLimit?: bigint | undefined;
}

/** Why nothing was reserved. */
export interface Refusal {
  code: 'EINVAL' | 'EBUSY' | 'ENOMEM' | 'EADDRNOTAVAIL';
  reason: 'nothing-requested' | 'misaligned' | 'not-ram' | 'conflict' | 'no-room' | 'no-low-room';
  /** What is wrong, for people. */
  message: string;
  /** What to ask for instead. */
  hint: string;
  /** The range that was wanted, where one was. */
  range: Range | null;
  /** Who is in the way. */
  conflicts: Resource[];
}

/** A region that was found. */
export interface PlacedRegion extends Range {
  /** `low` is the small one for 32-bit devices that accompanies a high one. */
  kind: 'main' | 'low';
}

/** Where a reservation lands, or why it cannot. */
export interface Reservation {
  /** Name of its resource. */
  name: 'Crash kernel' | 'Kexec kernel';
  /** What is reserved: nothing where it is refused. */
  regions: PlacedRegion[];
  refusal: Refusal | null;
  /** Largest sizes in bytes that fit in one piece: below the low-memory limit, above it, and across it. */
  largest: { low: bigint; high: bigint; anywhere: bigint };
  /** What the kernel prints. */
  log: LogLine[];
}

/** arm64's boot protocol wants kernels at multiples of 2 MiB. */
const ALIGN = 0x20_0000n;
const PAGE = 0x1000n;
const FOUR_GIB = 0x1_0000_0000n;
const TOP = 1n << 64n;
/** Low memory that 7.3 reserves when it moves a plain request above the limit. */
const DEFAULT_LOW = 0x800_0000n;

/** A machine's memory as the placement sees it. */
interface Memory {
  tree: ResourceTree;
  ram: Range[];
  free: Range[];
  lowLimit: bigint;
}

function memoryOf(tree: ResourceTree, lowLimit: bigint | undefined): Memory {
  const ram = systemRam(tree);
  const first = ram[0];
  const limit = lowLimit ?? (first && first.start >= FOUR_GIB ? TOP : FOUR_GIB);
  return { tree, ram, free: freeRam(tree), lowLimit: limit };
}

/** The highest free place in `[from, beyond)`: memblock works top-down and never hands out the first page. */
function find(memory: Memory, size: bigint, from: bigint, beyond: bigint): bigint | undefined {
  return locateMemHole(memory.free, { size, align: ALIGN, min: higher(from, PAGE), max: beyond - 1n, topDown: true });
}

/** Largest size that starts aligned in `[from, beyond)` and ends there. */
function largestIn(memory: Memory, from: bigint, beyond: bigint): bigint {
  let largest = 0n;
  for (const { start, end } of memory.free) {
    largest = higher(largest, lower(end, beyond - 1n) + 1n - alignUp(higher(start, from), ALIGN));
  }
  return largest & -PAGE;
}

function newReservation(memory: Memory, name: Reservation['name']): Reservation {
  const largest = {
    low: largestIn(memory, PAGE, memory.lowLimit),
    high: largestIn(memory, memory.lowLimit, TOP),
    anywhere: largestIn(memory, PAGE, TOP),
  };
  return { name, regions: [], refusal: null, largest, log: [] };
}

function region(kind: PlacedRegion['kind'], start: bigint, size: bigint): PlacedRegion {
  return { kind, start, end: start + size - 1n };
}

function mebibytes(size: bigint): bigint {
  return size >> 20n;
}

function nothingRequested(parameter: string): Refusal {
  return {
    code: 'EINVAL',
    reason: 'nothing-requested',
    message: `${parameter}= asks for no memory`,
    hint: `give a size, as ${parameter}=256M`,
    range: null,
    conflicts: [],
  };
}

/** Why a region cannot lie exactly at its wanted base, or null. The first reason that has to be mended comes first. */
function fixedBaseRefusal(memory: Memory, parameter: string, range: Range): Refusal | null {
  const where = formatRange(range);
  if (range.start % ALIGN !== 0n) {
    return {
      code: 'EINVAL',
      reason: 'misaligned',
      message: `${parameter}= wants ${where}, whose start is not 2 MiB aligned`,
      hint: `use @0x${alignUp(range.start, ALIGN).toString(16)}, or leave the offset out`,
      range,
      conflicts: [],
    };
  }
  if (!memory.ram.some((ram) => rangeContains(ram, range))) {
    return {
      code: 'EADDRNOTAVAIL',
      reason: 'not-ram',
      message: `${parameter}= wants ${where}, which does not lie in one System RAM range`,
      hint: memory.ram.length === 0 ? 'the map has no System RAM' : `RAM is at ${listed(memory.ram, formatRange)}`,
      range,
      conflicts: [],
    };
  }
  const conflicts = nestedIn(memory, range);
  if (conflicts.length === 0) return null;
  const names = listed(conflicts, (resource) => `${JSON.stringify(resource.name)} at ${formatRange(resource)}`);
  return {
    code: 'EBUSY',
    reason: 'conflict',
    message: `${parameter}= wants ${where}, which is taken by ${names}`,
    hint: 'leave the offset out and let the kernel choose',
    range,
    conflicts,
  };
}

/** Things that a message names; of many, as many as one reads. */
const LISTED_MAX = 8;

function listed<Item>(items: readonly Item[], text: (item: Item) => string): string {
  const more = items.length > LISTED_MAX ? [`and ${items.length - LISTED_MAX} more`] : [];
  return [...items.slice(0, LISTED_MAX).map(text), ...more].join(', ');
}

/** The outermost resources inside System RAM that overlap a range. */
function nestedIn(memory: Memory, range: Range): Resource[] {
  return systemRamResources(memory.tree).flatMap((bank) =>
    rangesOverlap(bank, range) ? [...childrenOf(bank)].filter((resource) => rangesOverlap(resource, range)) : [],
  );
}

function noRoom(memory: Memory, parameter: string, size: bigint, largest: bigint, where: string): Refusal {
  return {
    code: 'ENOMEM',
    reason: 'no-room',
    message: `no ${mebibytes(size)} MiB free in one piece ${where}`,
    hint:
      largest >= ALIGN
        ? `at most ${parameter}=${mebibytes(largest)}M fits there`
        : `nothing fits there; System RAM is ${listed(memory.ram, formatRange) || 'empty'}`,
    range: null,
    conflicts: [],
  };
}

/**
 * Where arm64 Linux puts `Crash kernel`, given the memory map as it is without one: top-down, 2 MiB aligned, below the
 * low-memory limit unless `,high`. 7.3 falls back from low to high memory (then it wants 128 MiB of low memory
 * as well) and from high to low; 6.1 does neither. The tree is not changed: see {@link placeReservation}.
 *
 * @param tree The map; everything nested in System RAM counts as taken. A map read after boot also holds what was
 * reserved later: real boots had at least as much room.
 * @param request The parsed parameter; see `parseCrashkernel` of `@kexeckit/cmdline`.
 */
export function reserveCrashKernel(
  tree: ResourceTree,
  request: ReservationRequest,
  options: ReservationOptions = {},
): Reservation {
  const memory = memoryOf(tree, options.lowLimit);
  const reservation = newReservation(memory, 'Crash kernel');
  const size = alignUp(request.size, PAGE);
  if (size === 0n) reservation.refusal = nothingRequested('crashkernel');
  else if (request.base !== 0n) reserveAt(memory, reservation, size, request, options.kernel ?? '7.3');
  else if (options.kernel === '6.1') reserveAs61(memory, reservation, size, request);
  else reserveAs73(memory, reservation, size, request);
  return reservation;
}

function reserveAt(
  memory: Memory,
  reservation: Reservation,
  size: bigint,
  request: ReservationRequest,
  kernel: ReservationKernel,
): void {
  const range = { start: request.base, end: request.base + size - 1n };
  reservation.refusal = fixedBaseRefusal(memory, 'crashkernel', range);
  if (!reservation.refusal) {
    finish(memory, reservation, range.start, size, request.lowSize ?? 0n);
    return;
  }
  const text = kernel === '6.1' ? cannotAllocate(size) : 'crashkernel reservation failed - memory is in use.';
  reservation.log.push(['warn', text]);
}

function cannotAllocate(size: bigint): string {
  return `cannot allocate crashkernel (size:0x${size.toString(16)})`;
}

/** 6.1 searches once: below the limit, or with `,high` everywhere from the top. */
function reserveAs61(memory: Memory, reservation: Reservation, size: bigint, request: ReservationRequest): void {
  const start = find(memory, size, 0n, request.high ? TOP : memory.lowLimit);
  const { low, anywhere } = reservation.largest;
  if (start === undefined) refuseNoRoom(memory, reservation, size, request.high ? anywhere : low, !request.high);
  else finish(memory, reservation, start, size, request.lowSize ?? 0n);
}

/** 7.3 tries the wanted side of the limit, then the other one. */
function reserveAs73(memory: Memory, reservation: Reservation, size: bigint, request: ReservationRequest): void {
  const { lowLimit } = memory;
  const wanted = request.high ? find(memory, size, lowLimit, TOP) : find(memory, size, 0n, lowLimit);
  if (wanted !== undefined) {
    finish(memory, reservation, wanted, size, request.lowSize ?? 0n);
    return;
  }
  const other = request.high ? find(memory, size, 0n, lowLimit) : find(memory, size, lowLimit, TOP);
  const { low, high } = reservation.largest;
  if (other === undefined) refuseNoRoom(memory, reservation, size, higher(low, high), false);
  else finish(memory, reservation, other, size, request.high ? (request.lowSize ?? 0n) : DEFAULT_LOW);
}

function refuseNoRoom(memory: Memory, reservation: Reservation, size: bigint, largest: bigint, onlyLow: boolean): void {
  const limit = `0x${memory.lowLimit.toString(16)}`;
  const place = onlyLow ? `below ${limit}` : 'in System RAM';
  reservation.refusal = noRoom(memory, 'crashkernel', size, largest, place);
  reservation.log.push(['warn', cannotAllocate(size)]);
}

/** The main region is found; one above the limit needs its low companion, or all is given up. */
function finish(memory: Memory, reservation: Reservation, start: bigint, size: bigint, lowSize: bigint): void {
  const main = region('main', start, size);
  if (start >= memory.lowLimit && lowSize > 0n) {
    const low = find(memory, lowSize, 0n, memory.lowLimit);
    if (low === undefined) {
      refuseNoLowRoom(memory, reservation, lowSize);
      return;
    }
    reservation.regions.push(region('low', low, lowSize));
    reservation.log.push(['info', `crashkernel low memory reserved: ${reserved(low, lowSize, 8)}`]);
  }
  reservation.regions.push(main);
  reservation.log.push(['info', `crashkernel reserved: ${reserved(start, size, 16)}`]);
}

function refuseNoLowRoom(memory: Memory, reservation: Reservation, lowSize: bigint): void {
  const place = `below 0x${memory.lowLimit.toString(16)} for 32-bit devices`;
  const refusal = noRoom(memory, 'crashkernel', lowSize, reservation.largest.low, place);
  refusal.reason = 'no-low-room';
  refusal.hint = 'give crashkernel=SIZE,low with a size that fits, or 0,low if no device needs low memory';
  reservation.refusal = refusal;
  reservation.log.push(['warn', `cannot allocate crashkernel low memory (size:0x${lowSize.toString(16)})`]);
}

/** As the kernel prints a reserved region: its end is the first address behind it. */
function reserved(start: bigint, size: bigint, digits: number): string {
  const hex = (address: bigint): string => `0x${address.toString(16).padStart(digits, '0')}`;
  return `${hex(start)} - ${hex(start + size)} (${mebibytes(size)} MB)`;
}

/** How `Kexec kernel` may be placed. */
export interface KexecReservationOptions extends Omit<ReservationOptions, 'kernel'> {
  /** Go above the low-memory limit where there is no room below. The 2019 series does not; false by default. */
  anywhere?: boolean | undefined;
}

/**
 * Where the 2019 series puts `Kexec kernel` (after `Crash kernel`, which the map must then hold): at the offset that was
 * given if that is free, 2 MiB aligned RAM; else top-down, 2 MiB aligned, below the low-memory limit, with no way
 * out above it.
 */
export function reserveKexecKernel(
  tree: ResourceTree,
  request: ReservationRequest,
  options: KexecReservationOptions = {},
): Reservation {
  const memory = memoryOf(tree, options.lowLimit);
  const reservation = newReservation(memory, 'Kexec kernel');
  const size = alignUp(request.size, PAGE);
  if (size === 0n) {
    reservation.refusal = nothingRequested('kexeckernel');
    return reservation;
  }
  if (request.base !== 0n) {
    const range = { start: request.base, end: request.base + size - 1n };
    reservation.refusal = fixedBaseRefusal(memory, 'kexeckernel', range);
    if (reservation.refusal) reservation.log.push(['warn', kexecRefusalText(reservation.refusal)]);
    else finishKexec(reservation, request.base, size);
    return reservation;
  }
  const start =
    find(memory, size, 0n, memory.lowLimit) ??
    (options.anywhere ? find(memory, size, memory.lowLimit, TOP) : undefined);
  if (start !== undefined) {
    finishKexec(reservation, start, size);
    return reservation;
  }
  const { low, high } = reservation.largest;
  const largest = options.anywhere ? higher(low, high) : low;
  const place = options.anywhere ? 'in System RAM' : `below 0x${memory.lowLimit.toString(16)}`;
  reservation.refusal = noRoom(memory, 'kexeckernel', size, largest, place);
  reservation.log.push(['warn', `cannot allocate kexeckernel (size:0x${size.toString(16)})`]);
  return reservation;
}

function finishKexec(reservation: Reservation, start: bigint, size: bigint): void {
  reservation.regions.push(region('main', start, size));
  reservation.log.push(['info', `kexeckernel reserved: ${reserved(start, size, 16)}`]);
}

/** Kernels of that age tell the three reasons apart. */
function kexecRefusalText({ reason }: Refusal): string {
  if (reason === 'not-ram') return 'cannot reserve kexeckernel: region is not memory';
  if (reason === 'conflict') return 'cannot reserve kexeckernel: region overlaps reserved memory';
  return 'cannot reserve kexeckernel: base address is not 2MB aligned';
}

/** Adds the regions of a reservation to the tree, under their System RAM, as the kernel does. Returns the resources. */
export function placeReservation(tree: ResourceTree, reservation: Reservation): Resource[] {
  const desc = reservation.name === 'Crash kernel' ? IORES_DESC.CRASH_KERNEL : IORES_DESC.KEXEC_KERNEL;
  const flags = (IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY) >>> 0;
  return reservation.regions.map(({ start, end }) =>
    insertResource(tree, { name: reservation.name, start, end, flags, desc }),
  );
}

/** Bytes of System RAM in a map: what `crashkernel=` ranges are compared with. */
export function systemRamSize(tree: ResourceTree): bigint {
  return systemRam(tree).reduce((sum, range) => sum + rangeSize(range), 0n);
}
