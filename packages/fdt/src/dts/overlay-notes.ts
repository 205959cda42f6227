import { concat } from './escapes.ts';
import type { Phandles, PhandleUse } from './resolve.ts';
import { errorAt } from './source.ts';
import { SourceNode, type SourceTree } from './source-tree.ts';

/** Writes `/__symbols__`: the path of each label; every node that has one gets a phandle. */
export function addSymbols(tree: SourceTree, phandles: Phandles): void {
  const labelled = tree.root.all().filter(({ wasLabelled }) => wasLabelled);
  if (labelled.length === 0) return;
  const symbols = childOf(tree.root, '__symbols__');
  for (const node of labelled) {
    for (const { name } of [...node.labels.values()].reverse()) {
      if (symbols.live(name) === undefined) setValue(symbols, name, text(node.path));
    }
    phandles.of(node);
  }
}

/** Writes `/__fixups__`, where an overlay needs labels of the tree that it is for, and `/__local_fixups__`, where it uses its own. */
export function addFixups(tree: SourceTree, uses: readonly PhandleUse[]): void {
  const values = new Values();
  for (const { node, property, offset, target, to } of uses) {
    if (to !== undefined) continue;
    if (target.includes('/')) {
      const message = `a phandle of '${target}', which is not in this overlay`;
      throw errorAt('EINVAL', property.place, message, 'refer to it by a label: fixups know no paths');
    }
    values.append(childOf(tree.root, '__fixups__'), target, text(`${node.path}:${property.name}:${offset}`));
  }
  for (const { node, property, offset, to } of uses) {
    if (to === undefined) continue;
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, offset);
    values.append(localFixups(tree, node), property.name, bytes);
  }
  values.set();
}

/** Values that grow by parts, behind what a text says itself. */
class Values {
  readonly #parts = new Map<SourceNode, Map<string, Uint8Array[]>>();

  append(node: SourceNode, name: string, bytes: Uint8Array): void {
    const ofNode = this.#parts.get(node) ?? new Map<string, Uint8Array[]>();
    this.#parts.set(node, ofNode);
    const parts = ofNode.get(name);
    if (parts === undefined) ofNode.set(name, [bytes]);
    else parts.push(bytes);
  }

  set(): void {
    for (const [node, ofNode] of this.#parts) {
      for (const [name, parts] of ofNode) {
        const existing = node.live(name)?.value.bytes;
        setValue(node, name, concat(existing === undefined ? parts : [existing, ...parts]));
      }
    }
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
  parent.children.add(child);
  return child;
}

function setValue(node: SourceNode, name: string, bytes: Uint8Array): void {
  const value = { bytes, references: [], labels: [] };
  const existing = node.live(name);
  if (existing !== undefined) existing.value = value;
  else {
    node.properties.delete(name);
    node.properties.add({ name, value, labels: undefined, isDeleted: false, place: node.place });
  }
}
