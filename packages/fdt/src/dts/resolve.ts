import { concat } from './escapes.ts';
import { errorAt } from './source.ts';
import type { Reference, SourceNode, SourceProperty, SourceTree } from './source-tree.ts';

/** Where a property holds the phandle of another node, once its paths are put in. */
export interface PhandleUse {
  readonly node: SourceNode;
  readonly property: SourceProperty;
  readonly offset: number;
  /** The label, and the node, undefined where an overlay does not know it. */
  readonly target: string;
  readonly to: SourceNode | undefined;
}

/** Gives phandles to the nodes that need one: the lowest numbers that nobody has. */
export class Phandles {
  readonly #used = new Set<number>();
  #next = 1;

  /** Takes a node's own. @throws FdtError `EINVAL` or `EEXIST` for phandles that cannot be */
  declare(tree: SourceTree, node: SourceNode): void {
    const own = ownPhandle(tree, node, 'phandle');
    const old = ownPhandle(tree, node, 'linux,phandle');
    if (own !== 0 && old !== 0 && own !== old) {
      throw errorAt('EINVAL', node.place, `${node.path} has two phandles`, 'make phandle and linux,phandle the same');
    }
    node.phandle = own || old;
    if (node.phandle === 0) return;
    if (this.#used.has(node.phandle)) {
      const message = `phandle 0x${node.phandle.toString(16)} of ${node.path} is another node's too`;
      throw errorAt('EEXIST', node.place, message, 'give each node a phandle of its own');
    }
    this.#used.add(node.phandle);
  }

  of(node: SourceNode): number {
    if (node.phandle !== 0) return node.phandle;
    while (this.#used.has(this.#next)) this.#next++;
    node.phandle = this.#next;
    this.#used.add(node.phandle);
    if (node.live('phandle') === undefined) {
      node.properties.delete('phandle');
      const value = { bytes: cell(node.phandle), references: [], labels: [] };
      node.properties.add({
        name: 'phandle',
        value,
        labels: undefined,
        isDeleted: false,
        place: node.place,
      });
    }
    return node.phandle;
  }
}

/**
 * Puts phandles and paths into the values that refer to other nodes, and leaves out nodes that nobody refers to and that
 * ask for it.
 *
 * @returns the places that hold phandles
 * @throws FdtError `ENOENT` for a reference to nothing; in an overlay, only for a path that is to be put in
 */
export function resolveReferences(
  tree: SourceTree,
  phandles: Phandles,
  { isPlugin, keepLabelled }: { readonly isPlugin: boolean; readonly keepLabelled: boolean },
): PhandleUse[] {
  for (const node of tree.root.all()) phandles.declare(tree, node);
  const uses: PhandleUse[] = [];
  for (const node of tree.root.all()) {
    for (const property of node.liveProperties()) {
      for (const use of setPhandles(tree, phandles, node, property, isPlugin)) uses.push(use);
    }
  }
  for (const node of tree.root.all()) {
    for (const property of node.liveProperties()) putPaths(tree, property);
  }
  omitUnused(tree, keepLabelled);
  return uses.filter(({ node }) => isLive(node));
}

function isLive(node: SourceNode): boolean {
  return !node.isDeleted && (node.parent === undefined || isLive(node.parent));
}

function setPhandles(
  tree: SourceTree,
  phandles: Phandles,
  node: SourceNode,
  property: SourceProperty,
  isPlugin: boolean,
): PhandleUse[] {
  const { references } = property.value;
  if (!references.some(({ kind }) => kind === 'phandle')) return [];
  const bytes = new Uint8Array(property.value.bytes);
  const uses: PhandleUse[] = [];
  let paths = 0;
  for (const reference of references) {
    const to = tree.find(reference.target);
    if (reference.kind === 'path') {
      paths += (to?.path.length ?? 0) + 1;
      continue;
    }
    if (to === undefined && !isPlugin) throw toNothing(reference);
    bytes.set(cell(to === undefined ? 0xffffffff : phandles.of(to)), reference.offset);
    if (to !== undefined) to.isReferenced = true;
    uses.push({ node, property, offset: reference.offset + paths, target: reference.target, to });
  }
  property.value = { ...property.value, bytes };
  return uses;
}

function putPaths(tree: SourceTree, property: SourceProperty): void {
  const { bytes, references } = property.value;
  const paths = references.filter(({ kind }) => kind === 'path');
  if (paths.length === 0) return;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const reference of paths) {
    const to = tree.find(reference.target);
    if (to === undefined) throw toNothing(reference);
    to.isReferenced = true;
    parts.push(bytes.subarray(at, reference.offset), new TextEncoder().encode(`${to.path}\0`));
    at = reference.offset;
  }
  parts.push(bytes.subarray(at));
  property.value = { ...property.value, bytes: concat(parts) };
}

function omitUnused(tree: SourceTree, keepLabelled: boolean): void {
  for (const node of tree.root.all()) {
    const isKept = node.isReferenced || (keepLabelled && node.labels.size > 0);
    if (node.omitIfUnused && !isKept) tree.delete(node);
  }
}

/** A phandle that a node says itself; 0 where it says none, or asks for one by referring to itself. */
function ownPhandle(tree: SourceTree, node: SourceNode, name: string): number {
  const property = node.live(name);
  if (property === undefined) return 0;
  const { bytes, references } = property.value;
  const [reference] = references;
  if (reference?.kind === 'phandle' && bytes.length === 4) {
    if (tree.find(reference.target) === node) return 0;
    throw errorAt('EINVAL', reference.place, `${name} of ${node.path} is another node's`, 'refer to the node itself');
  }
  const value = bytes.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) : 0;
  if (value !== 0 && value !== 0xffffffff) return value;
  throw errorAt('EINVAL', property.place, `${name} of ${node.path} is no phandle`, 'give one cell, neither 0 nor -1');
}

function cell(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function toNothing({ target, place }: Reference): Error {
  return errorAt('ENOENT', place, `no node has the label or path '${target}'`, 'define it, or correct the reference');
}
