import type { Resource, SiblingIndex } from '../index.ts';

/** What is wrong with a tree: children out of order or outside their parent, wrong links, an index that disagrees. */
export function treeFaults(root: Resource): string[] {
  const faults: string[] = [];
  const stack = [root];
  for (let parent = stack.pop(); parent; parent = stack.pop()) {
    let previous: Resource | null = null;
    let count = 0;
    for (let child = parent.child; child; child = child.sibling) {
      const where = `${parent.name}/${child.name} at ${child.start.toString(16)}`;
      if (child.parent !== parent) faults.push(`${where}: wrong parent`);
      if (child.previous !== previous) faults.push(`${where}: wrong previous sibling`);
      if (child.end < child.start) faults.push(`${where}: reversed`);
      if (child.start < parent.start || child.end > parent.end) faults.push(`${where}: outside its parent`);
      if (previous && previous.end >= child.start) faults.push(`${where}: overlaps its predecessor`);
      previous = child;
      count++;
      stack.push(child);
    }
    const { family } = parent;
    if ((family?.count ?? 0) !== count)
      faults.push(`${parent.name}: ${family?.count} children counted, ${count} there`);
    if ((family?.last ?? null) !== previous) faults.push(`${parent.name}: wrong last child`);
    if (family?.index) faults.push(...indexFaults(parent, family.index));
  }
  return faults;
}

function indexFaults(parent: Resource, index: SiblingIndex): string[] {
  const faults: string[] = [];
  const items = leaves(index, faults).flatMap((leaf) => leaf.items);
  let at = parent.child;
  for (const item of items) {
    if (item !== at) faults.push(`${parent.name}: the index holds ${item.name} where the list has ${at?.name}`);
    at = at?.sibling ?? null;
  }
  if (at) faults.push(`${parent.name}: the index misses ${at.name}`);
  if (index.parent) faults.push(`${parent.name}: the top of the index has a parent`);
  return faults;
}

/** The leaves below a node in order; checks the keys and bounds on the way. */
function leaves(node: SiblingIndex, faults: string[]): SiblingIndex[] {
  const fault = (text: string): number => faults.push(`index: ${text}`);
  if (node.ends.length > 64) fault('a node is too wide');
  if (node.nodes.length === 0) {
    for (const [i, item] of node.items.entries()) {
      if (item.leaf !== node) fault(`${item.name} points to another leaf`);
      if (node.starts[i] !== Number(item.start) || node.ends[i] !== Number(item.end))
        fault(`${item.name} has stale keys`);
      const before = item.previous;
      for (const [shift, bound] of node.room ?? []) {
        if (before && alignedRoom(before.end, item.start, shift) > bound)
          fault(`the room bound before ${item.name} is too low`);
      }
    }
    return [node];
  }
  for (const [i, child] of node.nodes.entries()) {
    if (child.parent !== node) fault('a node has the wrong parent');
    if (node.ends[i] !== child.ends.at(-1)) fault('a node has a stale end');
    for (const [shift, bound] of node.room ?? []) {
      const below = child.room?.get(shift);
      if (below !== undefined && below > bound) fault('a room bound is lower than the one below');
    }
  }
  return node.nodes.flatMap((child) => leaves(child, faults));
}

function alignedRoom(end: bigint, start: bigint, shift: number): number {
  const unit = 1n << BigInt(shift);
  return Number(start - ((end + unit) / unit) * unit);
}
