import {
  type Family,
  familyOf,
  isIrregular,
  lastChild,
  type MutableResource,
  type Resource,
  type SiblingIndex,
} from './resource.ts';
import { buildIndex, insertIntoIndex, removeFromIndex, seekIndex, updateInIndex } from './sibling-index.ts';

/** Fewer children than this are walked: an index would cost more than it saves. */
const INDEX_FROM = 16;

/** The index of a resource's children, built when first wanted; null where walking is right. */
export function indexOf(parent: Resource): SiblingIndex | null {
  const { family } = parent;
  if (!family) return null;
  if (family.index || family.irregular || family.count < INDEX_FROM) return family.index;
  family.index = buildIndex(parent);
  return family.index;
}

/** First child that ends at or after `address`; in an irregular list the first child, for callers that check each. */
export function seek(parent: Resource, address: bigint): Resource | null {
  const index = indexOf(parent);
  if (index) return seekIndex(index, address);
  let child = parent.child;
  if (isIrregular(parent)) return child;
  while (child && child.end < address) child = child.sibling;
  return child;
}

/** Puts a resource behind `previous` (null: in front) among the children of `parent`. */
export function linkAfter(parent: MutableResource, resource: MutableResource, previous: MutableResource | null): void {
  const family = familyOf(parent);
  const next: MutableResource | null = previous ? previous.sibling : parent.child;
  resource.parent = parent;
  resource.sibling = next;
  resource.previous = previous;
  if (resource.family) resource.family.moved = null;
  if (previous) previous.sibling = resource;
  else parent.child = resource;
  if (next) next.previous = resource;
  else family.last = resource;
  family.count++;
  if (!isInOrder(resource)) giveUpIndex(family);
  else if (family.index) family.index = insertIntoIndex(family.index, resource);
}

/** Overlapping or reversed children cannot be searched by halving: from here on they are walked, as the kernel does. */
function giveUpIndex(family: Family): void {
  family.irregular = true;
  family.index = null;
}

/** True if the resource lies between its neighbours and is not reversed. */
function isInOrder(resource: Resource): boolean {
  const { previous, sibling, start, end } = resource;
  if (end < start) return false;
  return (!previous || previous.end < start) && (!sibling || end < sibling.start);
}

/** Takes a resource out of its parent's list; its own children stay with it. */
export function unlink(resource: MutableResource): void {
  const parent: MutableResource | null = resource.parent;
  const { family } = parent ?? resource;
  if (!parent || !family) return;
  const previous: MutableResource | null = resource.previous;
  const next: MutableResource | null = resource.sibling;
  if (previous) previous.sibling = next;
  else parent.child = next;
  if (next) next.previous = previous;
  else family.last = previous;
  family.count--;
  if (family.index) family.index = removeFromIndex(family.index, resource, next);
  if (family.count === 0) family.irregular = false;
  resource.parent = null;
  resource.sibling = null;
  resource.previous = null;
}

/** Gives a resource another range where it stands. */
export function setRange(resource: MutableResource, start: bigint, end: bigint): void {
  resource.start = start;
  resource.end = end;
  const family = resource.parent?.family;
  if (!family) return;
  if (!isInOrder(resource)) giveUpIndex(family);
  else if (family.index) updateInIndex(resource);
}

/** Moves all siblings from `first` to `last` below `heir`, behind the children it has. */
export function moveChildren(heir: MutableResource, first: Resource, last: Resource): void {
  let child: Resource | null = first;
  while (child) {
    const next: Resource | null = child === last ? null : child.sibling;
    unlink(child);
    linkAfter(heir, child, lastChild(heir));
    child = next;
  }
}

/** Puts `heir`, which has no children, in the place of the siblings from `first` to `last` and makes them its own. */
export function adopt(heir: MutableResource, first: Resource, last: Resource): void {
  const { parent } = first;
  if (!parent) return;
  if (first === parent.child && last === lastChild(parent)) {
    adoptAll(heir, parent);
    return;
  }
  const before = first.previous;
  moveChildren(heir, first, last);
  linkAfter(parent, heir, before);
}

/** All children change hands: the list and its index go over as they are. */
function adoptAll(heir: MutableResource, parent: MutableResource): void {
  for (let child: MutableResource | null = parent.child; child; child = child.sibling) child.parent = heir;
  heir.family = parent.family;
  heir.child = parent.child;
  parent.child = null;
  parent.family = null;
  linkAfter(parent, heir, null);
}
