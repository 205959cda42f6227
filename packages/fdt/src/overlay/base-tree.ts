import { allNodes, phandleOf } from '../phandle.ts';
import { getProperty } from '../property.ts';
import type { FdtNode, FdtProperty } from '../tree.ts';
import { readU32 } from '../values.ts';
import { badOverlay, lacking } from './error.ts';
import { firstChild, nodeAt, textOf } from './lookup.ts';

/** The tree that overlays are merged into, with what is asked of it often. New things stand first, as libfdt puts them. */
export class BaseTree {
  readonly root: FdtNode;
  readonly #byPhandle = new Map<number, FdtNode>();
  readonly #parents = new Map<FdtNode, FdtNode>();

  constructor(root: FdtNode) {
    this.root = root;
    for (const node of allNodes(root)) {
      for (const child of node.children) this.#parents.set(child, node);
      this.#note(node);
    }
  }

  byPhandle(phandle: number): FdtNode | undefined {
    const node = this.#byPhandle.get(phandle);
    return node !== undefined && phandleOf(node) === phandle ? node : undefined;
  }

  pathOf(node: FdtNode): string {
    const names: string[] = [];
    for (let at = node, up = this.#parents.get(at); up !== undefined; at = up, up = this.#parents.get(at)) {
      names.unshift(at.name);
    }
    return `/${names.join('/')}`;
  }

  /** The child of that name, made where there is none. */
  child(parent: FdtNode, name: string): FdtNode {
    return firstChild(parent, name) ?? this.#addFirst(parent, { name, properties: [], children: [] });
  }

  /** Puts what a node of an overlay says into a node of the tree. */
  merge(target: FdtNode, overlay: FdtNode): void {
    setAll(target, overlay.properties);
    this.#note(target);
    for (const child of overlay.children) this.merge(this.child(target, child.name), child);
  }

  /** Where a fragment goes. @throws FdtError `EINVAL` for a fragment that does not say it, `ENOENT` where that is missing */
  targetOf(fragment: FdtNode): { readonly node: FdtNode; readonly path: string | undefined } {
    const target = this.findTarget(fragment);
    if (target !== undefined) return target;
    throw lacking(`the tree has no node for '${fragment.name}' of the overlay`, fragment.name);
  }

  /** The same; undefined where the tree lacks it. */
  findTarget(fragment: FdtNode): { readonly node: FdtNode; readonly path: string | undefined } | undefined {
    const phandle = targetPhandle(fragment);
    if (phandle !== 0) {
      const node = this.byPhandle(phandle);
      return node && { node, path: undefined };
    }
    const path = textOf(getProperty(fragment, 'target-path'));
    if (path === undefined) throw badOverlay(`'${fragment.name}' has neither target nor target-path`, fragment.name);
    const node = nodeAt(this.root, path);
    return node && { node, path };
  }

  #addFirst(parent: FdtNode, child: FdtNode): FdtNode {
    parent.children.unshift(child);
    this.#parents.set(child, parent);
    return child;
  }

  #note(node: FdtNode): void {
    const phandle = phandleOf(node);
    if (phandle !== undefined && this.byPhandle(phandle) === undefined) this.#byPhandle.set(phandle, node);
  }
}

/** Replaces properties in their place, and puts new ones before the others. */
export function setAll(node: FdtNode, properties: readonly FdtProperty[]): void {
  const places = new Map(node.properties.map((property, index) => [property.name, index]));
  const added: FdtProperty[] = [];
  for (const { name, value } of properties) {
    const index = places.get(name);
    if (index === undefined) added.unshift({ name, value });
    else node.properties[index] = { name, value };
  }
  node.properties = [...added, ...node.properties];
}

function targetPhandle(fragment: FdtNode): number {
  const value = getProperty(fragment, 'target');
  if (value === undefined) return 0;
  const phandle = value.length === 4 ? readU32(value) : 0xffffffff;
  if (phandle !== 0xffffffff) return phandle;
  throw badOverlay(`target of '${fragment.name}' is no phandle`, fragment.name);
}
