import { BUSY_RAM, hasFlags, IORES_DESC, IORESOURCE, resourceType } from './flags.ts';
import { formatResource, printedName } from './format.ts';
import type { LogLine } from './log.ts';
import { MAX_ADDRESS } from './range.ts';
import { adjustResource, requestResourceConflict } from './request.ts';
import { lastChild, type MutableResource, newResource, type Resource } from './resource.ts';
import { linkAfter, moveChildren, seek, setRange, unlink } from './siblings.ts';

const WARNING: LogLine = ['WARN', ''];

/** What a region request came to, with its fields open: for this package only. */
interface RequestedRegion extends RegionResult {
  resource: MutableResource | null;
}

/** What a region request came to: the new resource (null: busy or outside) and what the kernel prints. */
export interface RegionResult {
  resource: Resource | null;
  log: LogLine[];
}

/**
 * The kernel's `__request_region`: claims `size` bytes from `start` on, descending into resources that are not BUSY.
 * The new resource is BUSY and takes type, SYSRAM and descriptor from the one that it lands in. What meets memory that
 * the CPU cannot address (DEVICE_PRIVATE_MEMORY, in iomem itself) draws a warning, whether it is refused or not.
 */
export function requestRegion(
  root: Resource,
  start: bigint,
  size: bigint,
  name: string | null,
  flags = 0,
): RequestedRegion {
  const resource = newResource(name, start, (start + size - 1n) & MAX_ADDRESS, 0, 0);
  const log: LogLine[] = [];
  for (let parent = root; ; ) {
    resource.flags = (resourceType(parent.flags) | (parent.flags & IORESOURCE.SYSRAM) | IORESOURCE.BUSY | flags) >>> 0;
    resource.desc = parent.desc;
    const conflict = requestResourceConflict(parent, resource);
    if (!conflict) return { resource, log };
    if (isIomem(parent) && conflict.desc === IORES_DESC.DEVICE_PRIVATE_MEMORY)
      log.push(unaddressable(conflict, resource));
    if (conflict === parent || hasFlags(conflict.flags, IORESOURCE.BUSY)) return { resource: null, log };
    parent = conflict;
  }
}

/** The root of /proc/iomem itself, by what `createTree` makes it of: copies of a tree have their own. */
function isIomem({ parent, name, end }: Resource): boolean {
  return parent === null && name === 'PCI mem' && end === MAX_ADDRESS;
}

function unaddressable(device: Resource, request: Resource): LogLine {
  const what = `Unaddressable device ${printedName(device)} ${formatResource(device)}`;
  return ['warn', `resource: ${what} conflicts with ${formatResource(request)}`];
}

/**
 * The kernel's `__release_region`: frees the BUSY region of exactly this range (its children go with it); anything else
 * only draws a warning.
 */
export function releaseRegion(root: Resource, start: bigint, size: bigint): LogLine[] {
  const end = (start + size - 1n) & MAX_ADDRESS;
  let child = seek(root, end);
  while (child) {
    if (child.start > start || child.end < end) {
      child = child.sibling;
      continue;
    }
    if (hasFlags(child.flags, IORESOURCE.BUSY)) break;
    child = seek(child, end);
  }
  if (child && child.start === start && child.end === end) {
    unlink(child);
    return [];
  }
  return [['warn', `resource: Trying to free nonexistent resource <${address(start)}-${address(end)}>`]];
}

function address(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}

/**
 * The kernel's `release_mem_region_adjustable` (memory hot-remove): takes a range out of the one BUSY MEM resource that
 * holds it, cutting its head, its tail or a hole. Children above a hole move to the upper half; where a child is in the
 * way nothing changes but a warning. Silent if nothing matches.
 */
export function releaseMemRegionAdjustable(root: Resource, start: bigint, size: bigint): LogLine[] {
  const end = (start + size - 1n) & MAX_ADDRESS;
  if (start < root.start || end > root.end) return [WARNING];
  let child = seek(root, end);
  while (child && child.start < end) {
    if (child.start > start || child.end < end) {
      child = child.sibling;
      continue;
    }
    if (!hasFlags(child.flags, IORESOURCE.MEM)) return [];
    if (hasFlags(child.flags, IORESOURCE.BUSY)) return cut(child, start, end);
    child = seek(child, end);
  }
  return [];
}

function cut(resource: Resource, start: bigint, end: bigint): LogLine[] {
  const keepsHead = resource.start !== start;
  const keepsTail = resource.end !== end;
  if (!keepsHead && !keepsTail) {
    unlink(resource);
    return [];
  }
  if (!keepsHead) return adjusted(resource, end + 1n, resource.end - end);
  if (!keepsTail) return adjusted(resource, resource.start, start - resource.start);
  return cutMiddle(resource, start, end);
}

function adjusted(resource: Resource, start: bigint, size: bigint): LogLine[] {
  return adjustResource(resource, start, size) === 0 ? [] : [WARNING];
}

function cutMiddle(resource: Resource, start: bigint, end: bigint): LogLine[] {
  const { parent } = resource;
  if (!parent) return [];
  const upper = newResource(resource.name, end + 1n, resource.end, resource.flags, resource.desc);
  const first = firstAbove(resource, end);
  const last = lastChild(resource);
  if (first && last) moveChildren(upper, first, last);
  if (adjustResource(resource, resource.start, start - resource.start) !== 0) {
    return [WARNING];
  }
  linkAfter(parent, upper, resource);
  return [];
}

function firstAbove(resource: Resource, address: bigint): Resource | null {
  let child = seek(resource, address);
  while (child && child.start <= address) child = child.sibling;
  return child;
}

/**
 * The kernel's `merge_system_ram_resource`: marks BUSY System RAM as mergeable and joins it with neighbours of identical
 * flags (the mark included), name and descriptor that touch it and have no children, as it has none.
 */
export function mergeSystemRamResource(resource: Resource): LogLine[] {
  if (!hasFlags(resource.flags, BUSY_RAM)) return [WARNING];
  const merged: MutableResource = resource;
  merged.flags = (merged.flags | IORESOURCE.SYSRAM_MERGEABLE) >>> 0;
  const next = resource.sibling;
  if (next && areMergeable(resource, next)) {
    const { end } = next;
    unlink(next);
    setRange(resource, resource.start, end);
  }
  const { previous } = resource;
  if (previous && areMergeable(previous, resource)) {
    const { end } = resource;
    unlink(resource);
    setRange(previous, previous.start, end);
  }
  return [];
}

function areMergeable(a: Resource, b: Resource): boolean {
  return (
    a.flags === b.flags &&
    ((a.end + 1n) & MAX_ADDRESS) === b.start &&
    a.name === b.name &&
    a.desc === b.desc &&
    !a.child &&
    !b.child
  );
}

/**
 * The kernel's `reserve_region_with_split`: fills what is free in a range among the direct children of `root` with BUSY
 * resources of this name. A range that leaves the root is cut, with two messages.
 */
export function reserveRegionWithSplit(root: Resource, start: bigint, end: bigint, name: string | null): LogLine[] {
  const log: LogLine[] = [];
  let from = start;
  let to = end;
  if (root.start > start || root.end < end) {
    log.push(['err', `resource: requested range ${span(start, end)} not in root ${formatResource(root, true)}`]);
    if (start > root.end || end < root.start) return log;
    if (end > root.end) to = root.end;
    if (start < root.start) from = root.start;
    log.push(['err', `resource: fixing request to ${span(from, to)}`]);
  }
  fillGaps(root, from, to, name);
  return log;
}

function span(start: bigint, end: bigint): string {
  return `[0x${start.toString(16)}-0x${end.toString(16)}]`;
}

function fillGaps(root: Resource, from: bigint, to: bigint, name: string | null): void {
  const flags = (resourceType(root.flags) | IORESOURCE.BUSY) >>> 0;
  let start = from;
  for (;;) {
    const resource = newResource(name, start, to, flags, 0);
    const conflict = requestResourceConflict(root, resource);
    if (!conflict || (conflict.start <= start && conflict.end >= to)) return;
    if (conflict.start > start) {
      resource.end = conflict.start - 1n;
      if (requestResourceConflict(root, resource)) return;
      if (conflict.end >= to) return;
    }
    start = conflict.end + 1n;
  }
}
