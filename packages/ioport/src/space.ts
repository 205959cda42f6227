import { resourceContains } from './compare.ts';
import type { Range } from './range.ts';
import { MAX_ADDRESS } from './range.ts';
import { requestResourceConflict } from './request.ts';
import { isIrregular, lastChild, type MutableResource, type Resource } from './resource.ts';
import { nextRoomy } from './sibling-index.ts';
import { indexOf, seek, setRange, unlink } from './siblings.ts';

/** Chooses the start address within a free range; what it returns is checked. */
export type AlignFunction = (free: Range, size: bigint, align: bigint) => bigint;

/** What space is wanted; everything in bytes, modulo 2^64. */
export interface SpaceRequest {
  size: bigint;
  /** Lowest and highest address to use; everything by default. */
  min?: bigint | undefined;
  max?: bigint | undefined;
  /** A power of two, 1 by default. As in the kernel another number acts as a bit mask, and 0 forces address 0. */
  align?: bigint | undefined;
  /** Further choice of the start address. */
  alignFunction?: AlignFunction | undefined;
}

/** The request with everything that the search needs per hole. */
interface Search {
  size: bigint;
  min: bigint;
  max: bigint;
  align: bigint;
  alignFunction: AlignFunction | undefined;
  /** Bytes that a hole must have to be looked at, as a double. */
  need: number;
  /** log2 of the alignment; 0 if it is not a power of two. */
  shift: number;
}

function newSearch(request: SpaceRequest): Search {
  const { size, min = 0n, max = MAX_ADDRESS, align = 1n, alignFunction } = request;
  const power = align > 0n && (align & (align - 1n)) === 0n;
  return {
    size,
    min,
    max,
    align,
    alignFunction,
    // Size 0 asks for all 2^64 addresses: its end is one before its start.
    need: size === 0n ? 2 ** 64 : Number(size),
    shift: power ? Math.log2(Number(align)) : 0,
  };
}

/** The place in one hole, or null. */
function placeInHole(search: Search, holeStart: bigint, holeEnd: bigint): Range | null {
  const { size, align } = search;
  const from = holeStart < search.min ? search.min : holeStart;
  const to = holeEnd > search.max ? search.max : holeEnd;
  const mask = (align - 1n) & MAX_ADDRESS;
  const aligned = (from + mask) & ~mask & MAX_ADDRESS;
  // Aligning wrapped past the top.
  if (aligned < from) return null;
  const start = search.alignFunction
    ? search.alignFunction({ start: aligned, end: to }, size, align) & MAX_ADDRESS
    : aligned;
  const end = (start + size - 1n) & MAX_ADDRESS;
  return start <= end && aligned <= start && to >= end ? { start, end } : null;
}

/**
 * The kernel's `find_resource_space`: the first hole among the direct children of `root` that takes the request. The
 * range of `moving`, if it is a child of `root`, counts as free (it is about to be moved or resized).
 * Takes O(log n) where alignment and bounds let holes be skipped by size.
 */
export function findResourceSpace(root: Resource, request: SpaceRequest, moving?: Resource): Range | null {
  const search = newSearch(request);
  let next = root.child;
  let start = root.start;
  if (next && next.start === root.start) {
    start = next === moving ? next.start : (next.end + 1n) & MAX_ADDRESS;
    next = next.sibling;
  }
  for (let first = true; ; first = false) {
    const end = next ? (next === moving ? next.end : (next.start - 1n) & MAX_ADDRESS) : root.end;
    const place = end < start || end < search.min ? null : placeInHole(search, start, end);
    if (place || !next || next.end === root.end) return place;
    if (next !== moving) start = (next.end + 1n) & MAX_ADDRESS;
    if (start > search.max && !isIrregular(root)) return null;
    const behind: Resource = next;
    next = skipSmallHoles(root, search, next.sibling, first, moving);
    const before = next ? next.previous : lastChild(root);
    if (before && before !== behind) {
      if (!next && before.end === root.end) return null;
      start = (before.end + 1n) & MAX_ADDRESS;
    }
  }
}

/** From `from` on the first child with a hole in front that could do, or the moving one, or what follows that. */
function skipSmallHoles(
  root: Resource,
  search: Search,
  from: Resource | null,
  first: boolean,
  moving: Resource | undefined,
): Resource | null {
  if (!from || !indexOf(root) || from === moving || from.previous === moving) return from;
  let at: Resource | null = from;
  if (first && search.min > from.end) at = seek(root, search.min);
  at = at && nextRoomy(at, search.need, search.shift);
  const ahead = moving?.parent === root && moving.start > from.start;
  return ahead && (!at || at.start > moving.start) ? moving : at;
}

/** What an allocation came to: 0, or -16 (EBUSY). */
export type AllocateResult = 0 | -16;

/**
 * The kernel's `allocate_resource`: finds room among the direct children of `root`, gives it to `resource` and links
 * it. A resource that is in the tree already is resized or moved: it grows in place if it can; with children it can
 * neither move nor shrink.
 */
export function allocateResource(root: Resource, resource: Resource, request: SpaceRequest): AllocateResult {
  if (resource.parent) return reallocate(root, resource, request);
  const place = findResourceSpace(root, request);
  if (!place) return -16;
  const placed: MutableResource = resource;
  placed.start = place.start;
  placed.end = place.end;
  return requestResourceConflict(root, resource) ? -16 : 0;
}

function reallocate(root: Resource, resource: MutableResource, request: SpaceRequest): AllocateResult {
  const place = findResourceSpace(root, request, resource);
  if (!place) return -16;
  const wanted = { ...place, flags: resource.flags };
  if (resourceContains(wanted, resource)) {
    setRange(resource, place.start, place.end);
    return 0;
  }
  if (resource.child) return -16;
  if (resourceContains(resource, wanted)) {
    setRange(resource, place.start, place.end);
    return 0;
  }
  unlink(resource);
  resource.start = place.start;
  resource.end = place.end;
  return requestResourceConflict(root, resource) ? -16 : 0;
}
