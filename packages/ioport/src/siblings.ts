import type { MutableResource, Resource } from './resource.ts';

/** First child that ends at or after `address`; in an irregular list the first child, for callers that check each. */
export function seek(parent: Resource, address: bigint): Resource | null {
  let child = parent.child;
  if (parent.link.irregular) return child;
  while (child && child.end < address) child = child.sibling;
  return child;
}

/** Puts a resource behind `previous` (null: in front) among the children of `parent`. */
export function linkAfter(parent: MutableResource, resource: MutableResource, previous: MutableResource | null): void {
  const next: MutableResource | null = previous ? previous.sibling : parent.child;
  resource.parent = parent;
  resource.sibling = next;
  resource.link.previous = previous;
  if (previous) previous.sibling = resource;
  else parent.child = resource;
  if (next) next.link.previous = resource;
  else parent.link.last = resource;
  parent.link.count++;
  if (!isInOrder(resource)) parent.link.irregular = true;
}

/** True if the resource lies between its neighbours and is not reversed. */
export function isInOrder(resource: Resource): boolean {
  const { previous } = resource.link;
  const next = resource.sibling;
  if (resource.end < resource.start) return false;
  return (!previous || previous.end < resource.start) && (!next || resource.end < next.start);
}

/** Takes a resource out of its parent's list; its own children stay with it. */
export function unlink(resource: MutableResource): void {
  const parent: MutableResource | null = resource.parent;
  if (!parent) return;
  const previous: MutableResource | null = resource.link.previous;
  const next: MutableResource | null = resource.sibling;
  if (previous) previous.sibling = next;
  else parent.child = next;
  if (next) next.link.previous = previous;
  else parent.link.last = previous;
  parent.link.count--;
  if (parent.link.count === 0) parent.link.irregular = false;
  resource.parent = null;
  resource.sibling = null;
  resource.link.previous = null;
}

/** Gives a resource another range where it stands. */
export function setRange(resource: MutableResource, start: bigint, end: bigint): void {
  resource.start = start;
  resource.end = end;
  if (resource.parent && !isInOrder(resource)) resource.parent.link.irregular = true;
}

/** Hands the children from `first` to `last` over to `heir`, which must have none, and puts it in their place. */
export function adopt(heir: MutableResource, first: MutableResource, last: MutableResource): void {
  const parent: MutableResource | null = first.parent;
  if (!parent) return;
  const before = first.link.previous;
  let child: MutableResource | null = first;
  while (child) {
    const next: MutableResource | null = child === last ? null : child.sibling;
    unlink(child);
    linkAfter(heir, child, heir.link.last);
    child = next;
  }
  linkAfter(parent, heir, before);
}
