import { alignUp, type Range } from '@kexeckit/ioport';
import { PAGE } from './page.ts';
import { isDestination, type Segment, segmentEnd } from './segment.ts';

/** Hands out control pages of a crash image, upwards through the crash kernel's region. */
export interface CrashControlPages {
  /** 2^order pages, aligned to their own size, clear of every segment; `undefined` when the region has none left. */
  allocate(order: number): bigint | undefined;
  /** Where the next search starts. */
  readonly next: bigint;
}

/**
 * Control pages for a crash image: memory that production may have filled is useless, so they come from the region
 * itself, between and after the segments (`kimage_alloc_crash_control_pages`).
 *
 * @param limit last address that a control page may have.
 */
export function crashControlPages(
  segments: readonly Segment[],
  region: Range,
  limit: bigint = (1n << 64n) - 1n,
): CrashControlPages {
  let next = region.start;
  return {
    get next() {
      return next;
    },
    allocate(order) {
      const size = PAGE << BigInt(order);
      let start = alignUp(next, size);
      while (start + size - 1n <= region.end && start + size - 1n <= limit) {
        const end = start + size - 1n;
        const inTheWay = segments.find((segment) => isDestination([segment], start, end));
        if (inTheWay === undefined) {
          next = end + 1n;
          return start;
        }
        start = behind(inTheWay, start, size);
      }
      return undefined;
    },
  };
}

/** Where the search goes on behind a segment: always higher up, so that it ends whatever the segments are. */
function behind(segment: Segment, start: bigint, size: bigint): bigint {
  // Unsigned, as `isDestination` sees it: an empty segment at address 0 ends at the last address of all.
  const next = alignUp(BigInt.asUintN(64, segmentEnd(segment)), size);
  return next > start ? next : start + size;
}
