import { checkTree } from '../check.ts';
import { largestPhandle } from '../phandle.ts';
import type { Fdt, FdtNode } from '../tree.ts';
import { BaseTree } from './base-tree.ts';
import { resolveFixups } from './fixups.ts';
import { firstChild } from './lookup.ts';
import { keepBasePhandles, shiftPhandles } from './phandles.ts';
import { mergeSymbols } from './symbols.ts';

/**
 * Applies an overlay (`.dtbo`) to a tree, as `fdtoverlay` does: its phandles move above the tree's, its labels are looked
 * up in the tree's `/__symbols__`, its fragments are merged, its symbols are added. Nodes of the tree keep their
 * phandles. New properties and nodes stand before the others of their node, as libfdt puts them.
 *
 * @returns a new tree; both that are given stay as they are
 * @throws FdtError `ENOENT` for a label or target that the tree lacks, `EINVAL` for an overlay that contradicts itself,
 *   and as {@link serializeFdt}; `ERANGE` where phandles run out or nodes are nested too deep
 */
export function applyOverlay(base: Fdt, overlay: Fdt): Fdt {
  checkTree(base);
  checkTree(overlay);
  const tree = new BaseTree(copyOf(base.root, (value) => value));
  const own = copyOf(overlay.root, (value) => new Uint8Array(value));
  shiftPhandles(own, largestPhandle(tree.root));
  resolveFixups(tree, own);
  keepBasePhandles(tree, own);
  for (const fragment of own.children) {
    const contents = firstChild(fragment, '__overlay__');
    if (contents !== undefined) tree.merge(tree.targetOf(fragment).node, contents);
  }
  mergeSymbols(tree, own);
  const applied = { ...base, root: tree.root };
  checkTree(applied);
  return applied;
}

/** A copy of a node, to be changed. */
function copyOf(node: FdtNode, copyValue: (value: Uint8Array) => Uint8Array): FdtNode {
  return {
    name: node.name,
    properties: node.properties.map((property) => ({ ...property, value: copyValue(property.value) })),
    children: node.children.map((child) => copyOf(child, copyValue)),
  };
}
