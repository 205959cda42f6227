import type { MutableResource, Resource, SiblingIndex } from './resource.ts';

/** Most entries in a node. Wide enough that 100 000 children make three levels, narrow enough to splice quickly. */
const WIDTH = 64;
const BULK = 48;
/** From here on doubles are not exact. */
const EXACT = 2 ** 53;
/** More than any rounding of a difference of two 64-bit addresses. */
const SLACK = 2 ** 13;

function newNode(): SiblingIndex {
  return { parent: null, items: [], nodes: [], starts: [], ends: [], room: null };
}

function isLeaf(node: SiblingIndex): boolean {
  return node.nodes.length === 0;
}

/** Builds the index of all children of a resource, in O(n). */
export function buildIndex(parent: Resource): SiblingIndex {
  let row: SiblingIndex[] = [];
  let leaf = newNode();
  for (let child = parent.child; child; child = child.sibling) {
    if (leaf.items.length === BULK) {
      row.push(leaf);
      leaf = newNode();
    }
    pushItem(leaf, child);
  }
  row.push(leaf);
  while (row.length > 1) row = buildRow(row);
  return row[0] ?? leaf;
}

function pushItem(leaf: SiblingIndex, item: MutableResource): void {
  leaf.items.push(item);
  leaf.starts.push(Number(item.start));
  leaf.ends.push(Number(item.end));
  item.leaf = leaf;
}

function buildRow(below: SiblingIndex[]): SiblingIndex[] {
  const row: SiblingIndex[] = [];
  for (let i = 0; i < below.length; i += BULK) {
    const node = newNode();
    for (const child of below.slice(i, i + BULK)) pushNode(node, child);
    row.push(node);
  }
  return row;
}

function pushNode(node: SiblingIndex, child: SiblingIndex): void {
  node.nodes.push(child);
  node.ends.push(lastEnd(child));
  child.parent = node;
}

function lastEnd(node: SiblingIndex): number {
  return node.ends[node.ends.length - 1] ?? 0;
}

/** Index of the first key that is not below `key`. */
function lowerBound(keys: readonly number[], key: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? 0) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** First item that ends at or after the address. */
export function seekIndex(root: SiblingIndex, address: bigint): Resource | null {
  const key = Number(address);
  let node = root;
  for (let lower = node.nodes[lowerBound(node.ends, key)]; lower; lower = node.nodes[lowerBound(node.ends, key)]) {
    node = lower;
  }
  let found: Resource | null = isLeaf(node) ? (node.items[lowerBound(node.ends, key)] ?? null) : null;
  // Equal as doubles: the exact one may be further on.
  if (key >= EXACT) while (found && found.end < address) found = found.sibling;
  return found;
}

/** Adds an item that is already in the list, beside a neighbour that the index holds. Returns the root. */
export function insertIntoIndex(root: SiblingIndex, item: MutableResource): SiblingIndex {
  const { previous } = item;
  const neighbour = previous ?? item.sibling;
  const leaf = neighbour?.leaf;
  if (!neighbour || !leaf) return root;
  const at = leaf.items.indexOf(neighbour) + (previous ? 1 : 0);
  insertAt(leaf.items, at, item);
  insertAt(leaf.starts, at, Number(item.start));
  insertAt(leaf.ends, at, Number(item.end));
  item.leaf = leaf;
  // In front of another item of the leaf it shares room that the leaf's bound knows.
  if (at === leaf.items.length - 1) raiseRoom(item);
  if (leaf.items.length > WIDTH) return split(root, leaf);
  if (at === leaf.items.length - 1) raiseEnd(leaf);
  return root;
}

/** As splice, which allocates its result: on short arrays that is most of its cost. */
function insertAt<T>(list: T[], at: number, value: T): void {
  list.push(value);
  for (let i = list.length - 1; i > at; i--) {
    const before = list[i - 1];
    if (before !== undefined) list[i] = before;
  }
  list[at] = value;
}

function removeAt<T>(list: T[], at: number): void {
  for (let i = at; i < list.length - 1; i++) {
    const next = list[i + 1];
    if (next !== undefined) list[i] = next;
  }
  list.pop();
}

/** Tells the nodes above that the last end of this one changed. */
function raiseEnd(node: SiblingIndex): void {
  let at = node;
  for (let { parent } = at; parent; parent = at.parent) {
    const place = parent.nodes.indexOf(at);
    parent.ends[place] = lastEnd(at);
    if (place < parent.nodes.length - 1) return;
    at = parent;
  }
}

/** The room in front of an item may have grown: no bound above it may be less. */
function raiseRoom(item: Resource | null): void {
  let node = item?.leaf ?? null;
  if (!item || !node) return;
  const leaf = node;
  const room = leafRoom(leaf, leaf.items.indexOf(item), 0);
  for (; node; node = node.parent) {
    // A node without bounds is searched anyway, but those above it may have them.
    if (!node.room) continue;
    for (const [shift, bound] of node.room) if (bound < room) node.room.set(shift, room);
  }
}

/** Halves a node that is too wide. */
function split(root: SiblingIndex, node: SiblingIndex): SiblingIndex {
  const right = newNode();
  right.room = node.room && new Map(node.room);
  if (isLeaf(node)) {
    const half = node.items.length >> 1;
    right.items = node.items.splice(half);
    right.starts = node.starts.splice(half);
    right.ends = node.ends.splice(half);
    for (const item of right.items) item.leaf = right;
  } else {
    const half = node.nodes.length >> 1;
    right.nodes = node.nodes.splice(half);
    right.ends = node.ends.splice(half);
    for (const child of right.nodes) child.parent = right;
  }
  const { parent } = node;
  if (!parent) {
    const top = newNode();
    top.room = node.room && new Map(node.room);
    pushNode(top, node);
    pushNode(top, right);
    return top;
  }
  const place = parent.nodes.indexOf(node);
  parent.nodes.splice(place + 1, 0, right);
  parent.ends.splice(place, 1, lastEnd(node), lastEnd(right));
  right.parent = parent;
  if (parent.nodes.length > WIDTH) return split(root, parent);
  if (place + 1 === parent.nodes.length - 1) raiseEnd(parent);
  return root;
}

/** Takes out an item; `next` is the sibling that followed it. Returns the root, null when nothing is left. */
export function removeFromIndex(root: SiblingIndex, item: MutableResource, next: Resource | null): SiblingIndex | null {
  const { leaf } = item;
  if (!leaf) return root;
  const at = leaf.items.indexOf(item);
  removeAt(leaf.items, at);
  removeAt(leaf.starts, at);
  removeAt(leaf.ends, at);
  item.leaf = null;
  raiseRoom(next);
  if (leaf.items.length > 0 && at === leaf.items.length) raiseEnd(leaf);
  return leaf.items.length < WIDTH / 4 ? shrink(root, leaf) : root;
}

/** Joins a sparse node with a neighbour, or drops an empty one. */
function shrink(root: SiblingIndex, node: SiblingIndex): SiblingIndex | null {
  const { parent } = node;
  if (!parent) return node.nodes.length === 1 ? promote(node) : node.ends.length === 0 ? null : root;
  const place = parent.nodes.indexOf(node);
  if (node.ends.length > 0) {
    const left = place > 0 ? parent.nodes[place - 1] : node;
    const right = place > 0 ? node : parent.nodes[place + 1];
    if (!left || !right || left.ends.length + right.ends.length > BULK) return root;
    join(left, right);
    dropNode(parent, place > 0 ? place : place + 1);
    parent.ends[parent.nodes.indexOf(left)] = lastEnd(left);
  } else dropNode(parent, place);
  if (parent.ends.length > 0) raiseEnd(parent);
  return parent.nodes.length < WIDTH / 4 ? shrink(root, parent) : root;
}

function promote(node: SiblingIndex): SiblingIndex {
  const [only] = node.nodes;
  if (!only) return node;
  only.parent = null;
  return only;
}

function dropNode(parent: SiblingIndex, place: number): void {
  parent.nodes.splice(place, 1);
  parent.ends.splice(place, 1);
}

function join(left: SiblingIndex, right: SiblingIndex): void {
  for (const item of right.items) item.leaf = left;
  for (const child of right.nodes) child.parent = left;
  left.items.push(...right.items);
  left.nodes.push(...right.nodes);
  left.starts.push(...right.starts);
  left.ends.push(...right.ends);
  left.room = left.room && right.room && joinedRoom(left.room, right.room);
}

function joinedRoom(left: Map<number, number>, right: Map<number, number>): Map<number, number> {
  const joined = new Map<number, number>();
  for (const [shift, bound] of left) {
    const other = right.get(shift);
    if (other !== undefined) joined.set(shift, Math.max(bound, other));
  }
  return joined;
}

/** Takes over the new range of an item whose place did not change. */
export function updateInIndex(item: Resource): void {
  const { leaf } = item;
  if (!leaf) return;
  const at = leaf.items.indexOf(item);
  leaf.starts[at] = Number(item.start);
  leaf.ends[at] = Number(item.end);
  raiseRoom(item);
  raiseRoom(item.sibling);
  if (at === leaf.items.length - 1) raiseEnd(leaf);
}

/** Room between two neighbours for something aligned to 2^shift, in bytes; never less than it really is. */
function roomBetween(end: number, start: number, shift: number): number {
  if (start >= EXACT) return start - end + SLACK;
  const unit = 2 ** shift;
  return start - Math.ceil((end + 1) / unit) * unit;
}

function leafRoom(leaf: SiblingIndex, at: number, shift: number): number {
  const previous = at > 0 ? leaf.ends[at - 1] : Number(leaf.items[0]?.previous?.end ?? -1n);
  // In front of the first child of all the parent's own bound counts: not ours to know.
  if (previous === undefined || previous < 0) return 0;
  return roomBetween(previous, leaf.starts[at] ?? 0, shift);
}

/** The bound of a node, Infinity where nothing is known. */
function roomBound(node: SiblingIndex, shift: number): number {
  return node.room?.get(shift) ?? Number.POSITIVE_INFINITY;
}

function setRoomBound(node: SiblingIndex, shift: number, bound: number): void {
  node.room ??= new Map();
  node.room.set(shift, bound);
}

/**
 * The first item from `from` on that may have `need` bytes of room, aligned to 2^shift, between it and its predecessor.
 * Every item that has is found; one that is found may still fall short (an exact check is the caller's).
 */
export function nextRoomy(from: Resource, need: number, shift: number): Resource | null {
  const { leaf } = from;
  if (!leaf) return from;
  const place = leaf.items.indexOf(from);
  // A leaf whose bound is unknown is looked through once as a whole: then it can be skipped.
  const known = roomBound(leaf, shift) < Number.POSITIVE_INFINITY;
  if (place === 0 || !known) firstRoomyIn(leaf, need, shift);
  if (roomBound(leaf, shift) >= need) {
    for (let i = place; i < leaf.items.length; i++) {
      if (leafRoom(leaf, i, shift) >= need) return leaf.items[i] ?? null;
    }
  }
  let node = leaf;
  for (let { parent } = node; parent; parent = node.parent) {
    if (roomBound(parent, shift) >= need) {
      const found = firstRoomyFrom(parent, parent.nodes.indexOf(node) + 1, need, shift);
      if (found) return found;
    }
    node = parent;
  }
  return null;
}

function firstRoomyFrom(node: SiblingIndex, first: number, need: number, shift: number): Resource | null {
  for (let i = first; i < node.nodes.length; i++) {
    const child = node.nodes[i];
    const found = child && firstRoomyIn(child, need, shift);
    if (found) return found;
  }
  return null;
}

/** The first roomy item below a node; where there is none the bound becomes exact again. */
function firstRoomyIn(node: SiblingIndex, need: number, shift: number): Resource | null {
  if (roomBound(node, shift) < need) return null;
  let max = 0;
  if (isLeaf(node)) {
    for (let i = 0; i < node.items.length; i++) {
      const room = leafRoom(node, i, shift);
      if (room >= need) return node.items[i] ?? null;
      if (room > max) max = room;
    }
  } else {
    const found = firstRoomyFrom(node, 0, need, shift);
    if (found) return found;
    for (const child of node.nodes) max = Math.max(max, roomBound(child, shift));
  }
  setRoomBound(node, shift, max);
  return null;
}
