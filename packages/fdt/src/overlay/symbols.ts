import type { FdtNode, FdtProperty } from '../tree.ts';
import { stringValue } from '../values.ts';
import { type BaseTree, setAll } from './base-tree.ts';
import { badOverlay } from './error.ts';
import { firstChild, textOf } from './lookup.ts';

/** Takes an overlay's labels into the tree's, with the paths that their nodes have there. */
export function mergeSymbols(base: BaseTree, overlay: FdtNode): void {
  const symbols = firstChild(overlay, '__symbols__');
  if (symbols === undefined) return;
  const own = base.child(base.root, '__symbols__');
  const targets = new Map<FdtNode, string>();
  const merged = symbols.properties.flatMap((symbol): FdtProperty[] => {
    const path = mergedPath(base, overlay, targets, symbol);
    return path === undefined ? [] : [{ name: symbol.name, value: stringValue(path) }];
  });
  setAll(own, merged);
}

/** The path of a label in the tree; undefined for one of a node that does not get there. */
function mergedPath(
  base: BaseTree,
  overlay: FdtNode,
  targets: Map<FdtNode, string>,
  { name, value }: FdtProperty,
): string | undefined {
  const path = textOf(value);
  if (path === undefined || !path.startsWith('/') || value.indexOf(0) !== value.length - 1) {
    throw badOverlay(`symbol '${name}' of the overlay is no path`, name);
  }
  const [, fragmentName = '', contents, ...names] = path.split('/');
  if (contents !== '__overlay__') return undefined;
  const fragment = firstChild(overlay, fragmentName);
  if (fragment === undefined || firstChild(fragment, '__overlay__') === undefined) {
    throw badOverlay(`symbol '${name}' of the overlay is in '${fragmentName}', which has no contents`, name);
  }
  const target = targets.get(fragment) ?? pathOfTarget(base, fragment);
  targets.set(fragment, target);
  return `${target.length > 1 ? target : ''}/${names.join('/')}`;
}

function pathOfTarget(base: BaseTree, fragment: FdtNode): string {
  const { node, path } = base.targetOf(fragment);
  return path ?? base.pathOf(node);
}
