import { concat } from './escapes.ts';
import type { Phandles, PhandleUse } from './resolve.ts';
import { errorAt } from './source.ts';
import { SourceNode, type SourceProperty, type SourceTree } from './source-tree.ts';

/** Writes `/__symbols__`: the path of each label; every node that has one gets a phandle. */
export function addSymbols(tree: SourceTree, phandles: Phandles): void {
  const labelled = [...tree.root.all()].filter(({ labels }) => labels.length > 0);
  if (labelled.length === 0) return;
  const symbols = childOf(tree.root, '__symbols__');
  for (const node of labelled) {
    for (const { name } of node.labels) {
      if (symbols.live(name) === undefined) append(symbols, name, text(node.path));
    }
    phandles.of(node);
  }
}

/** Writes `/__fixups__`, where an overlay needs labels of the tree that it is for, and `/__local_fixups__`, where it uses its own. */
export function addFixups(tree: SourceTree, uses: readonly PhandleUse[]): void {
  for (const { node, property, offset, target, to } of uses) {
    if (to !== undefined) continue;
    if (target.includes('/')) {
      const message = `a phandle of '${target}', which is not in this overlay`;
      throw errorAt('EINVAL', property.place, message, 'refer to it by a label: fixups know no paths');
    }
    append(childOf(tree.root, '__fixups__'), target, text(`${node.path}:${property.name}:${offset}`));
  }
  for (const { node, property, offset, to } of uses) {
    if (to === undefined) continue;
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, offset);
    append(localFixups(tree, node), property.name, bytes);
  }
}

const text = (content: string): Uint8Array => new TextEncoder().encode(`${content}\0`);

/** The node of `/__local_fixups__` that stands for a node of the tree. */
function localFixups(tree: SourceTree, { name, parent }: SourceNode): SourceNode {
  return parent === undefined ? childOf(tree.root, '__local_fixups__') : childOf(localFixups(tree, parent), name);
}

function childOf(parent: SourceNode, name: string): SourceNode {
  const existing = parent.children.get(name);
  if (existing?.isDeleted === false) return existing;
  const child = new SourceNode(name, parent, parent.place);
  // A deleted one keeps its place no longer.
  parent.children.delete(name);
  parent.children.set(name, child);
  return child;
}

function append(node: SourceNode, name: string, bytes: Uint8Array): void {
  const existing: SourceProperty | undefined = node.live(name);
  if (existing === undefined) {
    const value = { bytes, references: [], labels: [] };
    node.properties.set(name, { name, value, labels: [], isDeleted: false, place: node.place });
  } else {
    existing.value = { ...existing.value, bytes: concat([existing.value.bytes, bytes]) };
  }
}
