import { phandleOf } from '../phandle.ts';
import { getProperty } from '../property.ts';
import type { FdtNode, FdtProperty } from '../tree.ts';
import type { BaseTree } from './base-tree.ts';
import { badOverlay, lacking } from './error.ts';
import { firstChild, nodeAt, textOf } from './lookup.ts';
import { setCell } from './phandles.ts';

/** Puts the tree's phandles into an overlay where its `/__fixups__` ask for labels. */
export function resolveFixups(base: BaseTree, overlay: FdtNode): void {
  const fixups = firstChild(overlay, '__fixups__');
  const symbols = firstChild(base.root, '__symbols__');
  for (const fixup of fixups?.properties ?? []) {
    const phandle = labelled(base, symbols, fixup.name);
    for (const place of placesOf(fixup)) setPhandle(overlay, place, phandle, fixup.name);
  }
}

function labelled(base: BaseTree, symbols: FdtNode | undefined, label: string): number {
  const path = symbols && textOf(getProperty(symbols, label));
  const node = path === undefined ? undefined : nodeAt(base.root, path);
  const phandle = node && phandleOf(node);
  if (phandle !== undefined) return phandle;
  if (symbols === undefined) throw lacking(`the tree has no symbols, and the overlay needs label '${label}'`, label);
  throw lacking(`the tree has no phandle for label '${label}', which the overlay needs`, label);
}

interface FixupPlace {
  readonly path: string;
  readonly property: string;
  readonly offset: number;
}

/** `path:property:offset`, one behind the other. */
function placesOf({ name, value }: FdtProperty): FixupPlace[] {
  if (value.at(-1) !== 0) throw badOverlay(`the fixups of label '${name}' are not text`, name);
  return new TextDecoder()
    .decode(value.subarray(0, -1))
    .split('\0')
    .map((entry) => {
      const [path = '', property = '', offset = '', ...rest] = entry.split(':');
      if (rest.length > 0 || property === '' || !/^[0-9]+$/.test(offset)) {
        throw badOverlay(`a fixup of label '${name}' is ${JSON.stringify(entry)}, not path:property:offset`, entry);
      }
      return { path, property, offset: Number(offset) };
    });
}

function setPhandle(overlay: FdtNode, { path, property, offset }: FixupPlace, phandle: number, label: string): void {
  const node = nodeAt(overlay, path);
  const value = node && getProperty(node, property);
  if (value === undefined) throw badOverlay(`a fixup of label '${label}' is for '${property}' of '${path}'`, path);
  if (offset + 4 > value.length) throw badOverlay(`a fixup of label '${label}' lies outside '${property}'`, offset);
  setCell(value, offset, phandle);
}
