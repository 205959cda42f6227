import { badName } from './check.ts';
import { FdtError } from './error.ts';
import { isName } from './format.ts';
import { getProperty } from './property.ts';
import type { Fdt, FdtNode } from './tree.ts';
import { readString } from './values.ts';

/**
 * Finds a node by its full path, `/soc/pl011@9000000`. A unit address may be left out where only one node fits
 * (Devicetree Specification 2.2.3); a node of exactly that name always wins. A path that does not begin with `/` begins
 * with a name of `/aliases` (3.3): `serial0`, `serial0/child`.
 *
 * @returns the node, or undefined if there is none
 * @throws FdtError `EINVAL` for an empty path, `ENOTUNIQ` if a name without unit address fits several nodes
 */
export function findNode(fdt: Fdt, path: string): FdtNode | undefined {
  let node: FdtNode | undefined = fdt.root;
  for (const name of pathNames(fdt, path)) {
    node = findChild(node, name);
    if (node === undefined) return undefined;
  }
  return node;
}

/**
 * Finds a node as {@link findNode} does, and makes it and its missing parents, empty, where they do not exist.
 *
 * @throws FdtError `EINVAL` for a path or name that cannot be, `ENOTUNIQ` as findNode, `ENOENT` for an unknown alias
 */
export function ensureNode(fdt: Fdt, path: string): FdtNode {
  const names = pathNames(fdt, path);
  if (names.length > 0 && !path.startsWith('/') && findNode(fdt, path.split('/', 1)[0] ?? '') === undefined) {
    throw new FdtError('ENOENT', `no node for the alias in '${path}'`, 'give a full path, beginning with /', {
      value: path,
    });
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
  if (names.length === 0) {
    throw new FdtError('EINVAL', 'the root node cannot be removed', 'name a node below it', { value: path });
  }
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
  if (path === '') {
    throw new FdtError('EINVAL', 'an empty path', "the root node is '/'", { value: path });
  }
  const names = path.split('/').filter((name) => name !== '');
  if (path.startsWith('/')) return names;
  const [alias = '', ...rest] = names;
  const target = aliasTarget(fdt, alias);
  // An alias that does not exist becomes a name no node can have: nothing is found.
  return target === undefined ? [''] : [...pathNames(fdt, target), ...rest];
}

function aliasTarget(fdt: Fdt, alias: string): string | undefined {
  const aliases = fdt.root.children.find((child) => child.name === 'aliases');
  const value = aliases && getProperty(aliases, alias);
  if (value === undefined) return undefined;
  const target = readString(value);
  if (target.startsWith('/')) return target;
  throw new FdtError(
    'EINVAL',
    `alias '${alias}' leads to ${JSON.stringify(target)}, not to a full path`,
    'correct the property in /aliases',
    { value: target },
  );
}

function findChild(node: FdtNode, name: string): FdtNode | undefined {
  const exact = node.children.find((child) => child.name === name);
  if (exact !== undefined || name.includes('@') || name === '') return exact;
  const fitting = node.children.filter((child) => child.name.startsWith(`${name}@`));
  if (fitting.length > 1) {
    throw new FdtError(
      'ENOTUNIQ',
      `'${name}' fits ${fitting.map((child) => child.name).join(', ')}`,
      'give the unit address too',
      { value: name },
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
