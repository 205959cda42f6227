import type { MutableResource, Resource } from './resource.ts';
import {
  buildIndex,
  insertIntoIndex,
  removeFromIndex,
  type SiblingIndex,
  seekIndex,
  updateInIndex,
} from './sibling-index.ts';

/** Fewer children than this are walked: an index would cost more than it saves. */
const INDEX_FROM = 16;

/** The index of a resource's children, built when first wanted; null where walking is right. */
export function indexOf(parent: Resource): SiblingIndex | null {
  const { link } = parent;
  if (link.index || link.irregular || link.count < INDEX_FROM) return link.index;
  link.index = buildIndex(parent);
  return link.index;
}

/** First child that ends at or after `address`; in an irregular list the first child, for callers that check each. */
export function seek(parent: Resource, address: bigint): Resource | null {
  const index = indexOf(parent);
  if (index) return seekIndex(index, address);
  let child = parent.child;
  if (parent.link.irregular) return child;
  while (child && child.end < address) child = child.sibling;
  return child;
}

/** Puts a resource behind `previous` (null: in front) among the children of `parent`. */
export function linkAfter(parent: MutableResource, resource: MutableResource, previous: MutableResource | null): void {
  const next: MutableResource | null = previous ? previous.sibling : parent.child;
  resource.parent = parent;
  resource.link.moved = null;
  resource.sibling = next;
  resource.link.previous = previous;
  if (previous) previous.sibling = resource;
  else parent.child = resource;
  if (next) next.link.previous = resource;
  else parent.link.last = resource;
  parent.link.count++;
  if (!isInOrder(resource)) giveUpIndex(parent);
  else if (parent.link.index) parent.link.index = insertIntoIndex(parent.link.index, resource);
}

/** Overlapping or reversed children cannot be searched by halving: from here on they are walked, as the kernel does. */
function giveUpIndex(parent: Resource): void {
  parent.link.irregular = true;
  parent.link.index = null;
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
  const { link } = parent;
  link.count--;
  if (link.index) link.index = removeFromIndex(link.index, resource, next);
  if (link.count === 0) link.irregular = false;
  resource.parent = null;
  resource.sibling = null;
  resource.link.previous = null;
}

/** Gives a resource another range where it stands. */
export function setRange(resource: MutableResource, start: bigint, end: bigint): void {
  resource.start = start;
  resource.end = end;
  const { parent } = resource;
  if (!parent) return;
  if (!isInOrder(resource)) giveUpIndex(parent);
  else if (parent.link.index) updateInIndex(resource);
}

/** Moves all siblings from `first` to `last` below `heir`, behind the children it has. */
export function moveChildren(heir: MutableResource, first: Resource, last: Resource): void {
  let child: Resource | null = first;
  while (child) {
    const next: Resource | null = child === last ? null : child.sibling;
    unlink(child);
    linkAfter(heir, child, heir.link.last);
    child = next;
  }
}

/** Puts `heir`, which has no children, in the place of the siblings from `first` to `last` and makes them its own. */
export function adopt(heir: MutableResource, first: Resource, last: Resource): void {
  const { parent } = first;
  if (!parent) return;
  if (first === parent.child && last === parent.link.last) {
    adoptAll(heir, parent);
    return;
  }
  const before = first.link.previous;
  moveChildren(heir, first, last);
  linkAfter(parent, heir, before);
}

/** All children change hands: the list and its index go over as they are. */
function adoptAll(heir: MutableResource, parent: MutableResource): void {
  for (let child: MutableResource | null = parent.child; child; child = child.sibling) child.parent = heir;
  const { link } = parent;
  Object.assign(heir.link, { last: link.last, count: link.count, irregular: link.irregular, index: link.index });
  heir.child = parent.child;
  parent.child = null;
  Object.assign(link, { last: null, count: 0, irregular: false, index: null });
  linkAfter(parent, heir, null);
}
