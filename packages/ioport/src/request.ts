import { IoportError } from './error.ts';
import { formatResource, printedName } from './format.ts';
import type { LogLine } from './log.ts';
import { MAX_ADDRESS } from './range.ts';
import {
  createResource,
  familyOf,
  isIrregular,
  lastChild,
  type MutableResource,
  type Resource,
  type ResourceSpec,
} from './resource.ts';
import { adopt, linkAfter, seek, setRange, unlink } from './siblings.ts';
import { formatRange } from './text.ts';
import type { ResourceTree } from './tree.ts';

/**
 * The kernel's `request_resource_conflict`: links `resource` as a direct child of `root` if that range is free.
 * Returns null, or who is in the way; the root itself where the range is reversed or reaches outside of it.
 */
export function requestResourceConflict(root: Resource, resource: Resource): Resource | null {
  const { start, end } = resource;
  if (end < start || start < root.start || end > root.end) return root;
  let child = seek(root, start);
  for (; child; child = child.sibling) {
    if (child.start > end) break;
    if (child.end >= start) return child;
  }
  linkAfter(root, resource, child ? child.previous : lastChild(root));
  return null;
}

/**
 * The kernel's `insert_resource_conflict`: as a request, but descends into children that enclose the range and takes in
 * children that the range encloses; of two identical ranges the new one becomes the parent. Returns who is in the way
 * (a partial overlap), or null.
 */
export function insertResourceConflict(root: Resource, resource: Resource): Resource | null {
  let parent = root;
  let first = requestResourceConflict(parent, resource);
  while (first) {
    if (first === parent || first === resource) return first;
    const encloses = first.start <= resource.start && first.end >= resource.end;
    if (!encloses || (first.start === resource.start && first.end === resource.end)) break;
    parent = first;
    first = requestResourceConflict(parent, resource);
  }
  return first ? takeIn(resource, first) : null;
}

/** Makes `resource` the parent of the siblings from `first` on that it overlaps; returns one that sticks out. */
function takeIn(resource: MutableResource, first: Resource): Resource | null {
  let last = first;
  for (let next: Resource | null = first; next && next.start <= resource.end; next = next.sibling) {
    if (next.start < resource.start || next.end > resource.end) return next;
    last = next;
  }
  adopt(resource, first, last);
  return null;
}

/**
 * The kernel's `insert_resource_expand_to_fit`: inserts, growing the new resource over everything that it partly
 * overlaps. Gives up silently if it does not fit the root; then `resource.parent` stays null.
 */
export function insertResourceExpandToFit(root: Resource, resource: Resource): LogLine[] {
  const log: LogLine[] = [];
  const grown: MutableResource = resource;
  if (grown.parent) return log;
  for (let conflict = insertResourceConflict(root, grown); conflict; conflict = insertResourceConflict(root, grown)) {
    if (conflict === root) break;
    if (conflict.start < grown.start) grown.start = conflict.start;
    if (conflict.end > grown.end) grown.end = conflict.end;
    log.push([
      'info',
      `resource: Expanded resource ${printedName(grown)} due to conflict with ${printedName(conflict)}`,
    ]);
  }
  return log;
}

/** The kernel's `release_resource`: takes a resource out, its children with it. 0, or -22 if it is in no tree. */
export function releaseResource(resource: Resource): 0 | -22 {
  if (!resource.parent) return -22;
  unlink(resource);
  return 0;
}

/** The kernel's `remove_resource`: takes a resource out; its children move up to its place. */
export function removeResource(resource: Resource): 0 | -22 {
  const { parent, child } = resource;
  if (!parent) return -22;
  let before = resource.previous;
  unlink(resource);
  for (let at: Resource | null = child; at; ) {
    const next: Resource | null = at.sibling;
    unlink(at);
    linkAfter(parent, at, before);
    before = at;
    at = next;
  }
  familyOf(resource).moved = child;
  return 0;
}

/** The kernel's `release_child_resources`: unlinks everything below; each child keeps its size and starts at 0. */
export function releaseChildResources(resource: Resource): LogLine[] {
  const log: LogLine[] = [];
  releaseBelow(resource, log);
  return log;
}

function releaseBelow(resource: Resource, log: LogLine[]): void {
  // Deep trees are possible: no recursion. A child is done when it has no children left.
  let at: MutableResource | null = resource.child;
  while (at) {
    if (at.child) {
      at = at.child;
      continue;
    }
    const parent: Resource | null = at.parent;
    const next: MutableResource | null = at.sibling;
    unlink(at);
    log.push(['debug', `release child resource ${formatResource(at)}`]);
    at.end = (at.end - at.start) & MAX_ADDRESS;
    at.start = 0n;
    at = next ?? (parent === resource ? null : parent);
  }
}

/**
 * The kernel's `adjust_resource`: gives a resource a new place and size where its parent, neighbours and children allow
 * it. Size 0 gives `end = start - 1`. 0, or -16 (EBUSY).
 */
export function adjustResource(resource: Resource, start: bigint, size: bigint): 0 | -16 {
  const end = (start + size - 1n) & MAX_ADDRESS;
  const { parent, sibling, previous } = resource;
  if (parent) {
    if (start < parent.start || end > parent.end) return -16;
    if (sibling && sibling.start <= end) return -16;
    if (previous && start <= previous.end) return -16;
  }
  if (!boundsChildren(resource, start, end)) return -16;
  setRange(resource, start, end);
  return 0;
}

function boundsChildren(resource: Resource, start: bigint, end: bigint): boolean {
  const { child, family } = resource;
  // The kernel leaves a removed resource its pointer to children that are another's now.
  if (!resource.parent && family?.moved) return boundsChain(family.moved, start, end);
  if (!child || !family?.last) return true;
  if (!family.irregular) return child.start >= start && family.last.end <= end;
  return boundsChain(child, start, end);
}

function boundsChain(first: Resource, start: bigint, end: bigint): boolean {
  for (let at: Resource | null = first; at; at = at.sibling) if (at.start < start || at.end > end) return false;
  return true;
}

/** The kernel's `lookup_resource`: the direct child that starts at exactly this address. */
export function lookupResource(root: Resource, start: bigint): Resource | null {
  for (let child = seek(root, start); child; child = child.sibling) {
    if (child.start === start) return child;
    if (child.start > start && !isIrregular(root)) return null;
  }
  return null;
}

/**
 * Puts a new resource into a tree where its range belongs: inside what encloses it, around what it encloses.
 * This is how `Kexec kernel` gets under its `System RAM`.
 *
 * @throws {IoportError} EINVAL for a reversed range or one outside the tree; EBUSY if it partly overlaps a resource.
 */
export function insertResource(tree: ResourceTree, spec: ResourceSpec): Resource {
  const resource = createResource({ ...spec, flags: spec.flags ?? tree.root.flags });
  const conflict = insertResourceConflict(tree.root, resource);
  if (!conflict) return resource;
  const range = { start: resource.start, end: resource.end };
  const what = `${JSON.stringify(spec.name)} at ${formatRange(range)}`;
  if (conflict === tree.root) {
    throw new IoportError(
      'EINVAL',
      `${what} is reversed or outside ${formatRange(conflict)}`,
      'ranges are inclusive: end is the last address, not smaller than start',
      { range },
    );
  }
  throw new IoportError(
    'EBUSY',
    `${what} partly overlaps ${JSON.stringify(conflict.name)} at ${formatRange(conflict)}`,
    'choose a range that lies inside, around or beside it',
    { range, conflict: conflict.name },
  );
}
