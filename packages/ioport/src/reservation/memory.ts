import { alignUp, locateMemHole } from '../hole.ts';
import { freeRam, systemRam } from '../ram.ts';
import { higher, intersectRanges, lower, type Range, rangeSize } from '../range.ts';
import { childrenOf, type Resource } from '../resource.ts';
import type { ResourceTree } from '../tree.ts';
import { FOUR_GIB, TOP } from './limits.ts';
import type { PlacedRegion, Reservation } from './reservation.ts';

/** arm64's boot protocol wants kernels at multiples of 2 MiB. */
export const ALIGN = 0x20_0000n;
const PAGE = 0x1000n;

/** A machine's memory as the placement sees it. */
export interface Memory {
  readonly tree: ResourceTree;
  readonly ram: readonly Range[];
  readonly free: readonly Range[];
  readonly lowLimit: bigint;
}

/** What a placement has to know of a machine beyond its map. */
export interface MemoryOptions {
  readonly lowLimit?: bigint | undefined;
  readonly bootRam?: readonly Range[] | undefined;
}

/** Reads a map; memory that came after boot is left out where it is known. */
export function memoryOf(tree: ResourceTree, { lowLimit, bootRam }: MemoryOptions): Memory {
  const atBoot = (ranges: Range[]): Range[] => (bootRam ? intersectRanges(ranges, bootRam) : ranges);
  const ram = atBoot(systemRam(tree));
  const first = ram[0];
  const limit = lowLimit ?? (first && first.start >= FOUR_GIB ? TOP : FOUR_GIB);
  return { tree, ram, free: atBoot(freeRam(tree)), lowLimit: limit };
}

/** The highest free place in `[from, beyond)`: memblock works top-down and never hands out the first page. */
export function find(memory: Memory, size: bigint, from: bigint, beyond: bigint): bigint | undefined {
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

/** A reservation of nothing yet. */
export function newReservation(memory: Memory, name: Reservation['name']): Reservation {
  const largest = {
    low: largestIn(memory, PAGE, memory.lowLimit),
    high: largestIn(memory, memory.lowLimit, TOP),
    anywhere: largestIn(memory, PAGE, TOP),
  };
  return { name, regions: [], refusal: null, largest, log: [] };
}

/** A region of this many bytes. */
export function region(kind: PlacedRegion['kind'], start: bigint, size: bigint): PlacedRegion {
  return { kind, start, end: start + size - 1n };
}

/**
 * What stands beside System RAM as `reserved`: memory that the kernel knows and never maps (no-map regions of the device
 * tree, flash and runtime services of UEFI). What devices hold as `reserved` is inside of them.
 */
export function unmappedResources(tree: ResourceTree): Resource[] {
  return [...childrenOf(tree.root)].filter(({ name }) => name === 'reserved');
}

/**
 * Bytes of RAM as the kernel counts them, and compares `crashkernel=` ranges with: System RAM, and what is never mapped
 * (`reserved` at the top level). Memory that was plugged in after boot is in the map, but the kernel did not count it: see
 * {@link countedRam}.
 */
export function systemRamSize(tree: ResourceTree): bigint {
  return [...systemRam(tree), ...unmappedResources(tree)].reduce((sum, range) => sum + rangeSize(range), 0n);
}
