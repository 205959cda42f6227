import { IoportError } from './error.ts';
import type { MutableResource, Resource, ResourceSpec } from './resource.ts';
import { createResource } from './resource.ts';
import { adopt, linkAfter, seek } from './siblings.ts';
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
  linkAfter(root, resource, child ? child.link.previous : root.link.last);
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
 * Puts a new resource into a tree where its range belongs: inside what encloses it, around what it encloses.
 * This is how `Kexec kernel` gets under its `System RAM`.
 *
 * @throws {IoportError} EINVAL for a reversed range or one outside the tree; EBUSY if it partly overlaps a resource.
 */
export function insertResource(tree: ResourceTree, spec: ResourceSpec): Resource {
  const resource = createResource({ flags: tree.root.flags, ...spec });
  const conflict = insertResourceConflict(tree.root, resource);
  if (!conflict) return resource;
  const range = { start: resource.start, end: resource.end };
  const what = `${JSON.stringify(spec.name)} at ${formatRange(range)}`;
  if (conflict === tree.root) {
    throw new IoportError(`${what} is reversed or outside ${formatRange(conflict)}`, {
      code: 'EINVAL',
      range,
      hint: 'ranges are inclusive: end is the last address, not smaller than start',
    });
  }
  throw new IoportError(`${what} partly overlaps ${JSON.stringify(conflict.name)} at ${formatRange(conflict)}`, {
    code: 'EBUSY',
    range,
    conflict: conflict.name,
    hint: 'choose a range that lies inside, around or beside it',
  });
}
