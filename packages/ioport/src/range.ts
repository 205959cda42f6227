/** Physical addresses from `start` to `end`, both included, as in the kernel's struct resource. */
export interface Range {
  start: bigint;
  end: bigint;
}

/** 2^64 - 1: the last address, and what the kernel's 64-bit arithmetic keeps. */
export const MAX_ADDRESS = 0xffff_ffff_ffff_ffffn;

/** Bytes in a range. */
export function rangeSize(range: Range): bigint {
  return range.end - range.start + 1n;
}

/** The smaller of two addresses. */
export function lower(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

/** The larger of two addresses. */
export function higher(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

/** True if the two ranges share an address. */
export function rangesOverlap(a: Range, b: Range): boolean {
  return a.start <= b.end && a.end >= b.start;
}

/** True if `inner` lies wholly in `outer`. */
export function rangeContains(outer: Range, inner: Range): boolean {
  return outer.start <= inner.start && outer.end >= inner.end;
}

function byStart(a: Range, b: Range): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  return a.end < b.end ? -1 : a.end > b.end ? 1 : 0;
}

/** The ranges sorted by start address; the input is left alone. */
export function sortRanges<Sorted extends Range>(ranges: readonly Sorted[]): Sorted[] {
  // Most lists come from a tree, and are in order: a look is far cheaper than a sort.
  return isSorted(ranges) ? [...ranges] : ranges.toSorted(byStart);
}

function isSorted(ranges: readonly Range[]): boolean {
  let before: Range | undefined;
  for (const range of ranges) {
    if (before !== undefined && before.start >= range.start && byStart(before, range) > 0) return false;
    before = range;
  }
  return true;
}

/** The same addresses in the fewest ranges, sorted: overlapping and adjacent ones become one, empty ones go. */
export function mergeRanges(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const { start, end } of sortRanges(ranges)) {
    if (end < start) continue;
    const last = merged.at(-1);
    if (last && start <= last.end + 1n) {
      if (end > last.end) last.end = end;
    } else merged.push({ start, end });
  }
  return merged;
}

/**
 * What both lists hold, sorted; pieces of either stay apart where they touch. Ranges of one list must not overlap each
 * other.
 */
export function intersectRanges(a: readonly Range[], b: readonly Range[]): Range[] {
  const others = sortRanges(b);
  const both: Range[] = [];
  let first = 0;
  for (const { start, end } of sortRanges(a)) {
    for (let other = others[first]; other && other.end < start; other = others[first]) first++;
    for (let i = first, other = others[i]; other && other.start <= end; other = others[++i])
      both.push({ start: higher(start, other.start), end: lower(end, other.end) });
  }
  return both;
}

/**
 * What is left of `from` without the addresses of `minus`, sorted. Ranges of `from` that touch are not joined: they may
 * be different RAM banks. Takes O((n + m) log(n + m)).
 */
export function subtractRanges(from: readonly Range[], minus: readonly Range[]): Range[] {
  const holes = mergeRanges(minus);
  const left: Range[] = [];
  let first = 0;
  for (const range of sortRanges(from)) {
    for (let hole = holes[first]; hole && hole.end < range.start; hole = holes[first]) first++;
    cutHoles(range, holes, first, left);
  }
  return left;
}

function cutHoles(range: Range, holes: readonly Range[], first: number, left: Range[]): void {
  let start = range.start;
  for (let i = first; start <= range.end; i++) {
    const hole = holes[i];
    if (!hole || hole.start > range.end) {
      left.push({ start, end: range.end });
      return;
    }
    if (hole.start > start) left.push({ start, end: hole.start - 1n });
    if (hole.end >= start) start = hole.end + 1n;
  }
}
