import { getProperty } from '../property.ts';
import type { FdtNode } from '../tree.ts';

/** The first child of a name, as libfdt looks for it: one with a unit address counts where the name has none. */
export function firstChild(node: FdtNode, name: string): FdtNode | undefined {
  const prefix = `${name}@`;
  const fits = name.includes('@')
    ? (child: FdtNode) => child.name === name
    : (child: FdtNode) => child.name === name || child.name.startsWith(prefix);
  return node.children.find(fits);
}

/** The node at a path, as libfdt looks for it; a path that does not begin with `/` begins with an alias. */
export function nodeAt(root: FdtNode, path: string): FdtNode | undefined {
  const names = path.split('/').filter((name) => name !== '');
  if (path.startsWith('/')) return names.reduce(below, root);
  const [alias = '', ...rest] = names;
  const aliases = firstChild(root, 'aliases');
  const target = aliases && textOf(getProperty(aliases, alias));
  // An alias that leads to an alias could lead to itself.
  if (target === undefined || !target.startsWith('/')) return undefined;
  return rest.reduce(below, nodeAt(root, target));
}

/** A text up to its NUL, as C reads it; undefined where there is none. */
export function textOf(value: Uint8Array | undefined): string | undefined {
  const end = value?.indexOf(0) ?? -1;
  return end === -1 ? undefined : new TextDecoder().decode(value?.subarray(0, end));
}

function below(node: FdtNode | undefined, name: string): FdtNode | undefined {
  return node && firstChild(node, name);
}
