import { BUSY_MEM, BUSY_RAM, hasFlags, IORES_DESC, IORESOURCE } from './flags.ts';
import { higher, lower, MAX_ADDRESS, type Range, rangesOverlap } from './range.ts';
import { isIrregular, type Resource } from './resource.ts';
import { seek } from './siblings.ts';

const PAGE_SHIFT = 12n;
const EINVAL = -22;

/** Which resources a walk reports: all of `flags` set, and this descriptor unless it is NONE (0). */
export interface ResourceMatch {
  flags: number;
  desc: number;
}

/** One hit of a walk: the part inside the window. */
export interface WalkedRange extends Range {
  flags: number;
  desc: number;
}

function matches(resource: Resource, { flags, desc }: ResourceMatch): boolean {
  return hasFlags(resource.flags, flags) && (desc === IORES_DESC.NONE || resource.desc === desc);
}

/** First match in the window in pre-order, clipped to it; null if there is none. */
export function findNextResource(root: Resource, window: Range, match: ResourceMatch): WalkedRange | null {
  if (window.start >= window.end) return null;
  const found = firstMatch(root, window, match);
  if (!found) return null;
  return {
    start: higher(found.start, window.start),
    end: lower(found.end, window.end),
    flags: found.flags,
    desc: found.desc,
  };
}

function firstMatch(parent: Resource, window: Range, match: ResourceMatch): Resource | null {
  for (let at = firstOverlapping(parent, window); at; at = nextIn(parent, at, window))
    if (matches(at, match)) return at;
  return null;
}

/** First child that overlaps a window. */
export function firstOverlapping(parent: Resource, window: Range): Resource | null {
  return overlapping(seek(parent, window.start), window);
}

/** From a resource on along its siblings the first that overlaps the window. */
function overlapping(from: Resource | null, window: Range): Resource | null {
  let at = from;
  while (at && !rangesOverlap(at, window)) {
    if (at.start > window.end && (!at.parent || !isIrregular(at.parent))) return null;
    at = at.sibling;
  }
  return at;
}

/** The next resource in pre-order below `top` that overlaps a window; only branches that overlap are entered. */
function nextIn(top: Resource, resource: Resource, window: Range): Resource | null {
  const below = firstOverlapping(resource, window);
  if (below) return below;
  for (let at: Resource | null = resource; at && at !== top; at = at.parent) {
    const beside = overlapping(at.sibling, window);
    if (beside) return beside;
  }
  return null;
}

/** Called for each hit; a number other than 0 ends the walk and is returned. */
export type WalkCallback = (range: WalkedRange) => number;

/**
 * The kernel's `walk_iomem_res_desc`: calls back for each match in a window, clipped to it. After a hit the walk goes on
 * behind it, so nothing inside a hit is reported. Returns the last answer, -22 if there was no hit (or the window has
 * fewer than two bytes).
 */
export function walkIomemResDesc(root: Resource, window: Range, match: ResourceMatch, callback: WalkCallback): number {
  let ret = EINVAL;
  let { start } = window;
  while (start < window.end) {
    const hit = findNextResource(root, { start, end: window.end }, match);
    if (!hit) break;
    ret = callback(hit);
    if (ret !== 0) break;
    start = hit.end + 1n;
  }
  return ret;
}

/** The kernel's `walk_system_ram_res`: busy System RAM in a window. */
export function walkSystemRamRes(root: Resource, window: Range, callback: WalkCallback): number {
  return walkIomemResDesc(root, window, { flags: BUSY_RAM, desc: IORES_DESC.NONE }, callback);
}

/** The kernel's `walk_mem_res`: busy memory of any kind in a window. */
export function walkMemRes(root: Resource, window: Range, callback: WalkCallback): number {
  return walkIomemResDesc(root, window, { flags: BUSY_MEM, desc: IORES_DESC.NONE }, callback);
}

/** The kernel's `walk_system_ram_res_rev`: busy System RAM from the top down; -1 if there is none. */
export function walkSystemRamResRev(root: Resource, window: Range, callback: WalkCallback): number {
  const hits: WalkedRange[] = [];
  walkSystemRamRes(root, window, (hit) => {
    hits.push(hit);
    return 0;
  });
  let ret = -1;
  for (const hit of hits.toReversed()) {
    ret = callback(hit);
    if (ret !== 0) break;
  }
  return ret;
}

/** Called with a first page frame number and a number of 4 KiB pages. */
export type PfnCallback = (startPfn: bigint, pages: bigint) => number;

/** The kernel's `walk_system_ram_range`: whole pages of busy System RAM among `pages` page frames from `startPfn` on. */
export function walkSystemRamRange(root: Resource, startPfn: bigint, pages: bigint, callback: PfnCallback): number {
  let ret = EINVAL;
  const window = {
    start: (startPfn << PAGE_SHIFT) & MAX_ADDRESS,
    end: (((startPfn + pages) << PAGE_SHIFT) - 1n) & MAX_ADDRESS,
  };
  walkSystemRamRes(root, window, ({ start, end }) => {
    const first = (start + 0xfffn) >> PAGE_SHIFT;
    const beyond = (end + 1n) >> PAGE_SHIFT;
    if (beyond > first) ret = callback(first, beyond - first);
    // As in the kernel a range without a whole page ends a walk that has not called back yet.
    return ret;
  });
  return ret;
}

/** How a range meets resources of a kind. */
export type Intersection = 'INTERSECTS' | 'DISJOINT' | 'MIXED';

/**
 * The kernel's `region_intersects`: whether a range meets only resources that match, none, or both kinds. Matching
 * descendants count as covering their part of an ancestor that does not match. A size of 0 stands for the reversed range
 * `[start, start - 1]`, which still meets whatever holds both addresses.
 */
export function regionIntersects(root: Resource, start: bigint, size: bigint, match: ResourceMatch): Intersection {
  const window = { start, end: (start + size - 1n) & MAX_ADDRESS };
  let hit = false;
  let other = false;
  for (let at = firstOverlapping(root, window); at; at = overlapping(at.sibling, window)) {
    if (matches(at, match)) hit = true;
    else {
      const cover = coverage(at, window, match);
      hit ||= cover.hit;
      other ||= !cover.whole;
    }
  }
  if (!hit) return 'DISJOINT';
  return other ? 'MIXED' : 'INTERSECTS';
}

/** Whether matching descendants cover the window's part of a resource without a gap, and whether there are any. */
function coverage(resource: Resource, window: Range, match: ResourceMatch): { hit: boolean; whole: boolean } {
  let hit = false;
  let from = higher(resource.start, window.start);
  const to = lower(resource.end, window.end);
  for (let at = firstOverlapping(resource, window); at; at = nextIn(resource, at, window)) {
    if (!matches(at, match)) continue;
    hit = true;
    if (at.start > from) break;
    if (at.end >= to) return { hit, whole: true };
    from = higher(from, at.end + 1n);
  }
  return { hit, whole: false };
}

/**
 * The kernel's `iomem_map_sanity_check`: 0, or -1 if a mapping of this range would reach over the edge of a resource that
 * is not BUSY (compared in 4 KiB pages).
 */
export function iomemMapSanityCheck(root: Resource, start: bigint, size: bigint): 0 | -1 {
  const window = { start, end: (start + size - 1n) & MAX_ADDRESS };
  for (let at = firstOverlapping(root, window); at; at = nextIn(root, at, window)) {
    const holds = at.start >> PAGE_SHIFT <= start >> PAGE_SHIFT && at.end >> PAGE_SHIFT >= window.end >> PAGE_SHIFT;
    if (!holds && !hasFlags(at.flags, IORESOURCE.BUSY)) return -1;
  }
  return 0;
}

/**
 * The kernel's `resource_is_exclusive`, without CONFIG_IO_STRICT_DEVMEM: whether user space may not map the range.
 *
 * @param strict False for a kernel that was booted with `iomem=relaxed`.
 */
export function resourceIsExclusive(root: Resource, start: bigint, size: bigint, strict = true): boolean {
  const beyond = (start + size) & MAX_ADDRESS;
  if (beyond === 0n) return false;
  const window = { start, end: beyond - 1n };
  for (let at = firstOverlapping(root, window); at; at = nextIn(root, at, window)) {
    if (hasFlags(at.flags, IORESOURCE.SYSTEM_RAM | IORESOURCE.EXCLUSIVE)) return true;
    if (strict && hasFlags(at.flags, IORESOURCE.BUSY | IORESOURCE.EXCLUSIVE)) return true;
  }
  return false;
}
