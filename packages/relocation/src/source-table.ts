import { RelocationError } from './error.ts';
import { PLAN_PAGES_MAX } from './limits.ts';
import { pfnOf } from './page.ts';
import { type Segment, segmentEnd, segmentSpan } from './segment.ts';

/** A segment's source pages, in the order of its destinations. */
export interface LoadedSegment {
  readonly segment: Segment;
  /** Its first destination page. */
  readonly first: number;
  /** The source of each destination page, by its distance from the first. */
  readonly sources: Float64Array;
}

/** What a destination without a source has in its place. */
const UNSET = -1;
/** Parked pages count down from here, in the order of their parking. */
const PARKED = -2;

/**
 * Which source page each destination page has, and which destination pages are kept for their turn.
 *
 * One double for each destination page of the segments that are loaded or that pages were parked for: a page frame
 * number has up to 52 bits.
 */
export class SourceTable {
  readonly #segments: readonly Segment[];
  readonly #first: Float64Array;
  readonly #last: Float64Array;
  readonly #sources: (Float64Array | undefined)[];
  /** Parked pages that no segment has room for: those of an empty segment at address 0, see `isDestination`. */
  readonly #strays: number[] = [];
  #parkings = 0;

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
    this.#first = Float64Array.from(segments, ({ mem }) => pfnOf(mem));
    this.#last = Float64Array.from(segments, (segment) => pfnOf(BigInt.asUintN(64, segmentEnd(segment))));
    this.#sources = segments.map(() => undefined);
  }

  /** Whether any of the pages is a destination: `isDestination` by page frame numbers. */
  isDestination(pfn: number, pages: number): boolean {
    const first = this.#first;
    const last = this.#last;
    for (let index = 0; index < first.length; index++) {
      if (pfn + pages - 1 >= (first[index] ?? 0) && pfn <= (last[index] ?? 0)) return true;
    }
    return false;
  }

  /** The table of a segment, empty at first. */
  tableOf(segment: Segment): LoadedSegment {
    const index = this.#segments.indexOf(segment);
    const at = index < 0 ? this.#indexOf(pfnOf(segment.mem)) : index;
    return { segment, first: pfnOf(segment.mem), sources: this.#tableAt(at, segment) };
  }

  /** The source of a destination page; `undefined` where it has none. */
  source(destination: number): number | undefined {
    const index = this.#indexOf(destination);
    const source = this.#sources[index]?.[destination - (this.#first[index] ?? 0)] ?? UNSET;
    return source < 0 ? undefined : source;
  }

  setSource(destination: number, source: number): void {
    const index = this.#indexOf(destination);
    const table = this.#sources[index];
    if (table !== undefined) table[destination - (this.#first[index] ?? 0)] = source;
  }

  /** Keeps a page, which is a destination, until that destination comes up. */
  park(pfn: number): void {
    const index = this.#indexOf(pfn);
    const segment = this.#segments[index];
    if (segment === undefined) {
      this.#strays.push(pfn);
      return;
    }
    this.#tableAt(index, segment)[pfn - (this.#first[index] ?? 0)] = PARKED - this.#parkings;
    this.#parkings += 1;
  }

  /** Whether a destination was given out before its turn: it is then its own source. */
  isParked(pfn: number): boolean {
    const index = this.#indexOf(pfn);
    const table = this.#sources[index];
    return (table?.[pfn - (this.#first[index] ?? 0)] ?? UNSET) <= PARKED;
  }

  /** All pages that are parked, the latest first. */
  parked(): number[] {
    const found: { pfn: number; parking: number }[] = [];
    for (const [index, table] of this.#sources.entries()) {
      table?.forEach((state, at) => {
        if (state <= PARKED) found.push({ pfn: (this.#first[index] ?? 0) + at, parking: PARKED - state });
      });
    }
    return [...this.#strays.toReversed(), ...found.sort((a, b) => b.parking - a.parking).map(({ pfn }) => pfn)];
  }

  /** The segment, of those with pages, that a page is a destination of; -1 for none. */
  #indexOf(pfn: number): number {
    for (let index = 0; index < this.#first.length; index++) {
      if (pfn < (this.#first[index] ?? 0) || pfn > (this.#last[index] ?? 0)) continue;
      if ((this.#segments[index]?.memsz ?? 0n) > 0n) return index;
    }
    return -1;
  }

  #tableAt(index: number, segment: Segment): Float64Array {
    const known = this.#sources[index];
    if (known !== undefined) return known;
    const { pages } = segmentSpan(segment);
    if (pages > PLAN_PAGES_MAX)
      throw new RelocationError(
        'EINVAL',
        `segment ${segment.name} takes ${pages} pages`,
        `an image holds ${PLAN_PAGES_MAX}: kernel and initramfs share 32 GiB (booting.rst)`,
        { address: segment.mem },
      );
    const made = new Float64Array(pages).fill(UNSET);
    if (index >= 0) this.#sources[index] = made;
    return made;
  }
}
