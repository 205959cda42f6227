import { allNodes, noneLeft, phandleOf } from '../phandle.ts';
import { getProperty } from '../property.ts';
import type { FdtNode } from '../tree.ts';
import { readCells } from '../values.ts';
import type { BaseTree } from './base-tree.ts';
import { badOverlay } from './error.ts';
import { firstChild } from './lookup.ts';

const NAMES = ['phandle', 'linux,phandle'];

/** Moves an overlay's phandles above those of the tree, so that none of them is there twice. */
export function shiftPhandles(overlay: FdtNode, by: number): void {
  for (const node of allNodes(overlay)) {
    for (const name of NAMES) {
      const value = getProperty(node, name);
      if (value === undefined) continue;
      if (value.length !== 4) throw badOverlay(`${name} of '${node.name}' is not one cell`, value);
      const shifted = cellAt(value, 0) + by;
      if (shifted >= 0xffffffff) throw noneLeft(shifted);
      setCell(value, 0, shifted);
    }
  }
  changeLocal(overlay, (phandle) => phandle + by);
}

/**
 * Gives the nodes of an overlay that the tree has too the phandles that they have there: who refers to them in the tree
 * goes on doing so.
 */
export function keepBasePhandles(base: BaseTree, overlay: FdtNode): void {
  const renamed = new Map<number, number>();
  for (const fragment of overlay.children) {
    const contents = firstChild(fragment, '__overlay__');
    const target = contents && base.findTarget(fragment);
    if (contents !== undefined && target !== undefined) rename(target.node, contents, renamed);
  }
  if (renamed.size > 0) changeLocal(overlay, (phandle) => renamed.get(phandle) ?? phandle);
}

function rename(base: FdtNode, overlay: FdtNode, renamed: Map<number, number>): void {
  const [kept, given] = [phandleOf(base), phandleOf(overlay)];
  if (kept !== undefined && given !== undefined) {
    renamed.set(given, kept);
    for (const name of NAMES) {
      const value = getProperty(overlay, name);
      if (value !== undefined) setCell(value, 0, kept);
    }
  }
  for (const child of overlay.children) {
    const same = firstChild(base, child.name);
    if (same !== undefined) rename(same, child, renamed);
  }
}

/** Changes each phandle that an overlay's `/__local_fixups__` points at. */
function changeLocal(overlay: FdtNode, change: (phandle: number) => number): void {
  const fixups = firstChild(overlay, '__local_fixups__');
  if (fixups !== undefined) changeBelow(overlay, fixups, change);
}

function changeBelow(node: FdtNode, fixups: FdtNode, change: (phandle: number) => number): void {
  for (const { name, value: offsets } of fixups.properties) {
    const value = getProperty(node, name);
    if (value === undefined || offsets.length % 4 !== 0) {
      throw badOverlay(`__local_fixups__ of '${name}' in '${node.name}' point nowhere`, name);
    }
    for (const offset of readCells(offsets)) {
      if (offset + 4 > value.length) throw badOverlay(`a local fixup lies outside '${name}' of '${node.name}'`, offset);
      setCell(value, offset, change(cellAt(value, offset)));
    }
  }
  for (const fixup of fixups.children) {
    const child = firstChild(node, fixup.name);
    if (child === undefined) throw badOverlay(`__local_fixups__ name '${fixup.name}', which is not there`, fixup.name);
    changeBelow(child, fixup, change);
  }
}

function cellAt(value: Uint8Array, offset: number): number {
  return new DataView(value.buffer, value.byteOffset).getUint32(offset);
}

/** Numbers that do not fit wrap. */
export function setCell(value: Uint8Array, offset: number, cell: number): void {
  new DataView(value.buffer, value.byteOffset).setUint32(offset, cell);
}
