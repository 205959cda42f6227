import { lastChild, type MutableResource, newResource, nextInTree, type Resource } from './resource.ts';
import { linkAfter } from './siblings.ts';
import type { ResourceTree } from './tree.ts';

/** A copy of a tree, resource by resource: either can be changed without touching the other. */
export function copyTree(tree: ResourceTree): ResourceTree {
  const root = copyResource(tree.root);
  const copies = new Map<Resource, MutableResource>([[tree.root, root]]);
  for (let at = nextInTree(tree.root, tree.root); at; at = nextInTree(tree.root, at)) {
    const copy = copyResource(at);
    copies.set(at, copy);
    const parent = at.parent && copies.get(at.parent);
    if (parent) linkAfter(parent, copy, lastChild(parent));
  }
  return { root, layout: { ...tree.layout } };
}

function copyResource({ name, start, end, flags, desc }: Resource): MutableResource {
  return newResource(name, start, end, flags, desc);
}
