import type { Range } from '@kexeckit/ioport';

/** A resource of the naive model. */
export interface NaiveResource extends Range {
  name: string;
  next: NaiveResource | null;
}

/**
 * The kernel's way without its locks: one sorted linked list of siblings, walked from the head by every operation. The
 * measure for speed, and an independent model for the indexed tree's results.
 */
export interface NaiveList extends Range {
  head: NaiveResource | null;
}

/** An empty list over a range. */
export function naiveList(start: bigint, end: bigint): NaiveList {
  return { start, end, head: null };
}

/** Puts a resource in its place. Returns null, or who is in the way; the list itself for a range that does not fit it. */
export function naiveRequest(list: NaiveList, resource: NaiveResource): NaiveResource | NaiveList | null {
  if (resource.end < resource.start || resource.start < list.start || resource.end > list.end) return list;
  let before: NaiveResource | null = null;
  for (let at = list.head; at; at = at.next) {
    if (at.start > resource.end) break;
    if (at.end >= resource.start) return at;
    before = at;
  }
  resource.next = before ? before.next : list.head;
  if (before) before.next = resource;
  else list.head = resource;
  return null;
}

/** Takes a resource out; false if it is not in the list. */
export function naiveRelease(list: NaiveList, resource: NaiveResource): boolean {
  let before: NaiveResource | null = null;
  for (let at = list.head; at; at = at.next) {
    if (at === resource) {
      if (before) before.next = at.next;
      else list.head = at.next;
      return true;
    }
    before = at;
  }
  return false;
}

/** The resource that starts at exactly this address. */
export function naiveLookup(list: NaiveList, start: bigint): NaiveResource | null {
  for (let at = list.head; at; at = at.next) if (at.start === start) return at;
  return null;
}

/** Whether any resource meets a range. */
export function naiveIntersects(list: NaiveList, start: bigint, end: bigint): boolean {
  let hit = false;
  for (let at = list.head; at; at = at.next) if (at.start <= end && at.end >= start) hit = true;
  return hit;
}

/** The lowest aligned place (align a power of two) of a size between min and max that is free, or null. */
export function naiveFind(list: NaiveList, size: bigint, align: bigint, min: bigint, max: bigint): Range | null {
  let from = list.start;
  for (let at = list.head; ; at = at.next) {
    const gapEnd = at ? at.start - 1n : list.end;
    const low = ((from > min ? from : min) + align - 1n) & -align;
    if (low + size - 1n <= (gapEnd < max ? gapEnd : max)) return { start: low, end: low + size - 1n };
    if (!at) return null;
    from = at.end + 1n;
  }
}
