import { errorAt } from './source.ts';
import type { Label, SourceNode, SourceTree } from './source-tree.ts';

/** Checks that each label names one thing. @throws FdtError `EEXIST` */
export function checkLabels(tree: SourceTree): void {
  const owners = new Map<string, unknown>();
  const own = ({ name, place }: Label, owner: unknown): void => {
    if (owners.has(name)) throw errorAt('EEXIST', place, `label '${name}' appears twice`, 'rename one of them');
    owners.set(name, owner);
  };
  for (const node of tree.root.all()) {
    for (const label of node.labels.values()) own(label, node);
    for (const property of node.liveProperties()) {
      for (const label of property.labels?.values() ?? []) own(label, property);
      for (const label of property.value.labels) own(label, label);
    }
  }
}

/** Removes `name`, which old trees have in every node, where it says nothing new, as dtc does. @throws FdtError `EINVAL` where it lies */
export function dropNames(tree: SourceTree): void {
  for (const node of tree.root.all()) {
    const property = node.live('name');
    if (property === undefined) continue;
    const { bytes } = property.value;
    if (new TextDecoder().decode(bytes) !== `${baseName(node)}\0`) {
      const message = `property 'name' of ${node.path} is not the node's name`;
      throw errorAt('EINVAL', property.place, message, 'leave it out');
    }
    node.properties.delete('name');
  }
}

const baseName = ({ name }: SourceNode): string => name.split('@', 1)[0] ?? '';
