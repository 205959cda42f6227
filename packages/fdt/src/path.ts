import { badName } from './check.ts';
import { isName } from './format.ts';
import { fitsSeveral, namesOf, noRootRemoval, unknownAlias } from './path-names.ts';
import { getProperty } from './property.ts';
import type { Fdt, FdtNode } from './tree.ts';

/**
 * Finds a node by its full path, `/soc/pl011@9000000`. A unit address may be left out where only one node fits
 * (Devicetree Specification 2.2.3); a node of exactly that name always wins. A path that does not begin with `/` begins
 * with a name of `/aliases` (3.3): `serial0`, `serial0/child`.
 *
 * @returns the node, or undefined if there is none
 * @throws FdtError `EINVAL` for an empty path, `ENOTUNIQ` if a name without unit address fits several nodes
 */
export function findNode(fdt: Fdt, path: string): FdtNode | undefined {
  return nodesAlong(fdt, path)?.at(-1);
}

/** The nodes on the way to a path, the root first; undefined if it leads to none. @throws FdtError as {@link findNode} */
export function nodesAlong(fdt: Fdt, path: string): FdtNode[] | undefined {
  const nodes = [fdt.root];
  for (const name of pathNames(fdt, path)) {
    const node = findChild(nodes.at(-1) ?? fdt.root, name);
    if (node === undefined) return undefined;
    nodes.push(node);
  }
  return nodes;
}

/**
 * Finds a node as {@link findNode} does, and makes it and its missing parents, empty, where they do not exist.
 *
 * @throws FdtError `EINVAL` for a path or name that cannot be, `ENOTUNIQ` as findNode, `ENOENT` for an unknown alias
 */
export function ensureNode(fdt: Fdt, path: string): FdtNode {
  const names = pathNames(fdt, path);
  if (names.length > 0 && !path.startsWith('/') && findNode(fdt, path.split('/', 1)[0] ?? '') === undefined) {
    throw unknownAlias(path);
  }
  let node = fdt.root;
  for (const name of names) node = findChild(node, name) ?? addChild(node, name, path);
  return node;
}

/**
 * Removes a node and everything below it.
 *
 * @returns whether it was there
 * @throws FdtError `EINVAL` for the root or an empty path, `ENOTUNIQ` as {@link findNode}
 */
export function removeNode(fdt: Fdt, path: string): boolean {
  const names = pathNames(fdt, path);
  if (names.length === 0) throw noRootRemoval(path);
  let parent: FdtNode | undefined;
  let node: FdtNode | undefined = fdt.root;
  for (const name of names) {
    parent = node;
    node = findChild(parent, name);
    if (node === undefined) return false;
  }
  const removed = node;
  if (parent !== undefined) parent.children = parent.children.filter((child) => child !== removed);
  return true;
}

function pathNames(fdt: Fdt, path: string): string[] {
  return namesOf(path, (alias) => {
    const aliases = fdt.root.children.find((child) => child.name === 'aliases');
    return aliases && getProperty(aliases, alias);
  });
}

function findChild(node: FdtNode, name: string): FdtNode | undefined {
  const exact = node.children.find((child) => child.name === name);
  if (exact !== undefined || name.includes('@') || name === '') return exact;
  const fitting = node.children.filter((child) => child.name.startsWith(`${name}@`));
  if (fitting.length > 1) {
    throw fitsSeveral(
      name,
      fitting.map((child) => child.name),
    );
  }
  return fitting[0];
}

function addChild(parent: FdtNode, name: string, path: string): FdtNode {
  if (!isName(name)) throw badName('node', name, `'${path}'`);
  const node: FdtNode = { name, properties: [], children: [] };
  parent.children.push(node);
  return node;
}
