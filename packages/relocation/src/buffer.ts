import { alignDown, alignUp, type Range } from '@kexeckit/ioport';
import { RelocationError } from './error.ts';
import { hex, PAGE } from './page.ts';
import { isDestination, SEGMENTS_MAX, type Segment, segmentEnd } from './segment.ts';

/** What `kexec_file_load` asks for when it adds a segment (struct kexec_buf). Addresses and sizes in bytes. */
export interface BufferRequest {
  readonly name: string;
  readonly bufsz: bigint;
  readonly memsz: bigint;
  /** A power of two. */
  readonly align: bigint;
  /** Lowest first address. */
  readonly min: bigint;
  /** Highest last address. */
  readonly max: bigint;
  readonly topDown: boolean;
  /** A place that is already decided: taken as it is. */
  readonly mem?: bigint;
}

/** Where a buffer may go. */
export interface BufferPlaces {
  /** RAM, ascending; adjacent ranges are not joined. For a crash image: its region alone. */
  readonly ranges: readonly Range[];
  /** Segments that are placed already. */
  readonly segments: readonly Segment[];
  /** What the contiguous allocator gives (6.17 and newer): tried first, bounds and alignment not applied. */
  readonly contiguous?: bigint | undefined;
}

/** A place that was found. */
export interface BufferPlace {
  readonly mem: bigint;
  /** Whether it is the contiguous allocator's: the segment is then loaded in place. */
  readonly isContiguous: boolean;
}

/**
 * Adds a segment as `kexec_add_buffer` does: whole pages, and the first hole of the search order.
 *
 * @throws RelocationError `EINVAL` for a 17th segment and for an alignment that is not a power of two, `EADDRNOTAVAIL`
 * where there is no hole.
 */
export function addBuffer(request: BufferRequest, places: BufferPlaces): BufferPlace & { readonly segment: Segment } {
  if (places.segments.length >= SEGMENTS_MAX) {
    throw new RelocationError(
      'EINVAL',
      `${request.name} would be segment ${places.segments.length + 1}`,
      `the kernel takes at most ${SEGMENTS_MAX}`,
    );
  }
  const memsz = alignUp(request.memsz, PAGE);
  const align = request.align > PAGE ? request.align : PAGE;
  const place = findPlace({ ...request, memsz, align }, places);
  return { ...place, segment: { name: request.name, mem: place.mem, memsz, bufsz: request.bufsz } };
}

/**
 * The hole search alone (`kexec_locate_mem_hole`): sizes are not rounded.
 *
 * @throws RelocationError `EADDRNOTAVAIL` where there is no hole, `EINVAL` for an alignment that is not a power of two.
 */
export function findPlace(request: BufferRequest, places: BufferPlaces): BufferPlace {
  if (request.align <= 0n || (request.align & (request.align - 1n)) !== 0n)
    throw new RelocationError(
      'EINVAL',
      `alignment ${request.align} of ${request.name} is not a power of two`,
      'use 4096n, 0x200000n, …',
    );
  if (request.mem !== undefined) return { mem: request.mem, isContiguous: false };
  const { contiguous, segments } = places;
  // One byte more than the block has: a segment that starts right behind it counts as in the way, as in Linux.
  if (contiguous !== undefined && !isDestination(segments, contiguous, contiguous + request.memsz)) {
    return { mem: contiguous, isContiguous: true };
  }
  for (const range of request.topDown ? places.ranges.toReversed() : places.ranges) {
    const found = request.topDown ? highestIn(range, request, segments) : lowestIn(range, request, segments);
    if (found !== undefined) return { mem: found, isContiguous: false };
  }
  throw new RelocationError(
    'EADDRNOTAVAIL',
    `no hole of ${hex(request.memsz)} bytes between ${hex(request.min)} and ${hex(request.max)} for ${request.name}`,
    'widen the bounds, ask for less, or use a machine with more memory',
  );
}

function lowestIn(
  range: Range,
  { memsz, align, min, max }: BufferRequest,
  segments: readonly Segment[],
): bigint | undefined {
  const last = range.end < max ? range.end : max;
  let start = alignUp(range.start > min ? range.start : min, align);
  while (start + memsz - 1n <= last) {
    const inTheWay = conflict(segments, start, memsz);
    if (inTheWay === undefined) return start;
    // Unsigned, as `isDestination` sees it: an empty segment at address 0 ends at the last address of all.
    const end = BigInt.asUintN(64, segmentEnd(inTheWay));
    start = alignUp(start + pagesUpTo(end + 1n - start), align);
  }
  return undefined;
}

function highestIn(
  range: Range,
  { memsz, align, min, max }: BufferRequest,
  segments: readonly Segment[],
): bigint | undefined {
  const first = range.start > min ? range.start : min;
  let start = alignDown((range.end < max ? range.end : max) - memsz + 1n, align);
  while (start >= first) {
    const inTheWay = conflict(segments, start, memsz);
    if (inTheWay === undefined) return start;
    start = alignDown(start - pagesUpTo(start + memsz - inTheWay.mem), align);
  }
  return undefined;
}

function conflict(segments: readonly Segment[], start: bigint, memsz: bigint): Segment | undefined {
  return segments.find((segment) => isDestination([segment], start, start + memsz - 1n));
}

/** A distance in whole pages, at least one: the search goes page by page. */
function pagesUpTo(distance: bigint): bigint {
  return distance > PAGE ? alignUp(distance, PAGE) : PAGE;
}
