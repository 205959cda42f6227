import { IoportError } from './error.ts';
import { higher, lower, MAX_ADDRESS, type Range, sortRanges, subtractRanges } from './range.ts';

/** What kind of hole is wanted. */
export interface HoleRequest {
  /** Bytes. */
  size: bigint;
  /** Alignment of the start address in bytes, a power of two. */
  align: bigint;
  /** Lowest start address; 0 by default. */
  min?: bigint | undefined;
  /** Highest last address; 2^64-1 by default. */
  max?: bigint | undefined;
  /** Search from the top down; from the bottom up by default. */
  topDown?: boolean | undefined;
  /** Ranges to stay out of. */
  avoid?: readonly Range[] | undefined;
}

/**
 * The lowest (or with `topDown` the highest) aligned address where `size` bytes lie in one range of `ram`, between
 * `min` and `max`, clear of everything in `avoid`; undefined if there is none. As the kernel, it never joins two
 * adjacent RAM ranges.
 *
 * @throws {IoportError} EINVAL if the size is not positive or the alignment not a power of two.
 */
export function locateMemHole(ram: readonly Range[], request: HoleRequest): bigint | undefined {
  const { size, align, min = 0n, max = MAX_ADDRESS, topDown = false, avoid = [] } = request;
  checkRequest(size, align);
  const holes = avoid.length === 0 ? sortRanges(ram) : subtractRanges(ram, avoid);
  let best: bigint | undefined;
  for (const hole of holes) {
    const lowest = alignUp(higher(hole.start, min), align);
    const highest = alignDown(lower(hole.end, max) - size + 1n, align);
    // A hole shorter than the size makes `highest` negative or below `lowest`.
    if (lowest > highest) continue;
    if (!topDown) return lowest;
    best = best === undefined ? highest : higher(best, highest);
  }
  return best;
}

function checkRequest(size: bigint, align: bigint): void {
  if (size <= 0n) {
    throw new IoportError('EINVAL', `a hole of ${size} bytes cannot be looked for`, 'ask for at least 1');
  }
  checkAlignment(align);
}

/** @throws {IoportError} EINVAL if the alignment is not a power of two. */
export function checkAlignment(align: bigint): void {
  if (align > 0n && (align & (align - 1n)) === 0n) return;
  throw new IoportError('EINVAL', `alignment ${align} is not a power of two`, 'use 4096n, 0x200000n, …');
}

/** The lowest multiple of a power of two that is not below the address. */
export function alignUp(address: bigint, align: bigint): bigint {
  return (address + align - 1n) & -align;
}

/** The highest multiple of a power of two that is not above the address. */
export function alignDown(address: bigint, align: bigint): bigint {
  return address & -align;
}
