import { type Range, rangeSize } from '@kexeckit/ioport';
import { RelocationError } from './error.ts';
import { hex, PAGE, type PageSpan, pfnOf } from './page.ts';

/** A piece of the next kernel, as in struct kexec_segment: `bufsz` bytes to stand at `mem`, zero up to `memsz`. */
export interface Segment {
  /** What it is: `kernel`, `initrd`, `dtb`, … */
  readonly name: string;
  /** Physical destination, page-aligned. */
  readonly mem: bigint;
  /** Bytes at the destination, a multiple of the page size. */
  readonly memsz: bigint;
  /** Bytes of content, at most `memsz`. */
  readonly bufsz: bigint;
}

/** At most this many segments can be loaded (KEXEC_SEGMENT_MAX). */
export const SEGMENTS_MAX = 16;

const LAST_ADDRESS = (1n << 64n) - 1n;

/** The last byte of a segment's destination. */
export const segmentEnd = (segment: Segment): bigint => segment.mem + segment.memsz - 1n;

/** A segment's destination as addresses; one of no bytes ends before it starts. */
export const segmentRange = (segment: Segment): Range => ({ start: segment.mem, end: segmentEnd(segment) });

/** A segment's destination as pages: the whole ones. */
export const segmentSpan = ({ mem, memsz }: Segment): PageSpan => ({ first: pfnOf(mem), pages: Number(memsz / PAGE) });

/** The segment whose destination holds an address. */
export function segmentAt<Held extends Segment>(segments: readonly Held[], address: bigint): Held | undefined {
  return segments.find((segment) => segment.mem <= address && address <= segmentEnd(segment));
}

const describe = (segment: Segment): string =>
  `segment ${segment.name} at ${hex(segment.mem)}, size ${hex(segment.memsz)}`;

/** What bounds a list of segments. */
export interface SegmentBounds {
  /** Pages of RAM in all; a segment, and all together, may take half. */
  readonly totalRamPages: bigint;
  /** For a crash image: the region that must hold every segment. */
  readonly crashRegion?: Range;
  /** First address that a destination must end below; by default none is too high. */
  readonly destinationLimit?: bigint;
}

/**
 * Checks segments in the kernel's order (`sanity_check_segment_list`), with an error of its own for each rule.
 *
 * @throws RelocationError `EADDRNOTAVAIL` alignment, wrap, limit, outside the crash region · `EINVAL` overlap,
 * content larger than its place, more than half of RAM.
 */
export function checkSegments(segments: readonly Segment[], bounds: SegmentBounds): void {
  if (segments.length > SEGMENTS_MAX) {
    throw new RelocationError('EINVAL', `${segments.length} segments`, `the kernel takes at most ${SEGMENTS_MAX}`);
  }
  checkPlaces(segments, bounds.destinationLimit ?? LAST_ADDRESS);
  checkOverlaps(segments);
  checkSizes(segments, bounds.totalRamPages);
  if (bounds.crashRegion !== undefined) checkInside(segments, bounds.crashRegion);
}

function checkPlaces(segments: readonly Segment[], limit: bigint): void {
  for (const segment of segments) {
    const end = BigInt.asUintN(64, segment.mem + segment.memsz);
    if (segment.mem > end) {
      throw new RelocationError('EADDRNOTAVAIL', `${describe(segment)} wraps around`, 'place it lower', {
        address: segment.mem,
      });
    }
    if (segment.mem % PAGE !== 0n || end % PAGE !== 0n) {
      throw new RelocationError('EADDRNOTAVAIL', `${describe(segment)} is not page-aligned`, 'use whole 4 KiB pages', {
        address: segment.mem,
      });
    }
    if (end >= limit) {
      throw new RelocationError('EADDRNOTAVAIL', `${describe(segment)} ends above ${hex(limit)}`, 'place it lower', {
        address: segment.mem,
      });
    }
  }
}

function checkOverlaps(segments: readonly Segment[]): void {
  segments.forEach((segment, index) => {
    for (const other of segments.slice(0, index)) {
      if (segment.mem + segment.memsz > other.mem && segment.mem < other.mem + other.memsz) {
        throw new RelocationError('EINVAL', `${describe(segment)} overlaps ${describe(other)}`, 'move one of them', {
          address: segment.mem,
        });
      }
    }
  });
}

function checkSizes(segments: readonly Segment[], totalRamPages: bigint): void {
  for (const segment of segments) {
    if (segment.bufsz > segment.memsz) {
      throw new RelocationError(
        'EINVAL',
        `${describe(segment)} has ${segment.bufsz} bytes of content`,
        'give it a larger memsz',
        { address: segment.mem },
      );
    }
  }
  const half = totalRamPages / 2n;
  const pages = segments.map((segment) => (segment.memsz + PAGE - 1n) / PAGE);
  const tooLarge = segments.find((_, index) => (pages[index] ?? 0n) > half);
  if (tooLarge !== undefined) {
    throw new RelocationError('EINVAL', `${describe(tooLarge)} takes more than half of RAM`, `half is ${half} pages`, {
      address: tooLarge.mem,
    });
  }
  const total = pages.reduce((sum, count) => sum + count, 0n);
  if (total > half) {
    throw new RelocationError(
      'EINVAL',
      `the segments take ${total} pages, more than half of RAM`,
      `half is ${half} pages`,
    );
  }
}

/** As in Linux, ends are unsigned: an empty segment at address 0 ends at the last address of all, outside of any region. */
function checkInside(segments: readonly Segment[], region: Range): void {
  for (const segment of segments) {
    if (segment.mem < region.start || BigInt.asUintN(64, segmentEnd(segment)) > region.end) {
      throw new RelocationError(
        'EADDRNOTAVAIL',
        `${describe(segment)} is outside the crash kernel's region`,
        `it is ${hex(region.start)} to ${hex(region.end)}`,
        { address: segment.mem },
      );
    }
  }
}

/**
 * Checks that each segment lies in one range of System RAM.
 *
 * @throws RelocationError `EADDRNOTAVAIL` for one that does not.
 */
export function checkInRam(segments: readonly Segment[], ram: readonly Range[]): void {
  for (const segment of segments) {
    if (segment.memsz === 0n || ram.some(({ start, end }) => start <= segment.mem && segmentEnd(segment) <= end))
      continue;
    throw new RelocationError(
      'EADDRNOTAVAIL',
      `${describe(segment)}, is not in System RAM`,
      'place it in one range of the memory map',
      { address: segment.mem },
    );
  }
}

/** Pages of 4 KiB that all segments take together. */
export function totalSegmentPages(segments: readonly Segment[]): bigint {
  return segments.reduce((sum, { memsz }) => sum + (memsz + PAGE - 1n) / PAGE, 0n);
}

/** Pages of 4 KiB in all ranges together. */
export function totalPages(ram: readonly Range[]): bigint {
  return ram.reduce((sum, range) => sum + (rangeSize(range) >> 12n), 0n);
}

/**
 * Whether the inclusive range shares an address with any destination (`kimage_is_destination_range`).
 *
 * As in Linux, addresses are unsigned: an empty segment at address 0 ends at the last address of all.
 */
export function isDestination(segments: readonly Segment[], start: bigint, end: bigint): boolean {
  return segments.some((segment) => end >= segment.mem && start <= BigInt.asUintN(64, segmentEnd(segment)));
}
