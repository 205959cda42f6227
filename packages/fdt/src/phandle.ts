import { FdtError } from './error.ts';
import { getProperty, setProperty } from './property.ts';
import type { Fdt, FdtNode } from './tree.ts';
import { readU32, u32Value } from './values.ts';

/** What no phandle can be, beside 0. */
const INVALID = 0xffffffff;

/**
 * The phandle of a node (Devicetree Specification 2.3.3), also where only `linux,phandle` has it; undefined where it has
 * none that is one.
 */
export function phandleOf(node: FdtNode): number | undefined {
  for (const name of ['phandle', 'linux,phandle']) {
    const value = getProperty(node, name);
    if (value?.length !== 4) continue;
    const phandle = readU32(value);
    return phandle === 0 || phandle === INVALID ? undefined : phandle;
  }
  return undefined;
}

/** The node that a phandle names. */
export function findByPhandle(fdt: Fdt, phandle: number): FdtNode | undefined {
  for (const node of allNodes(fdt.root)) if (phandleOf(node) === phandle) return node;
  return undefined;
}

/** The path of the node that a phandle names. */
export function pathOfPhandle(fdt: Fdt, phandle: number): string | undefined {
  return pathBelow(fdt.root, '', phandle);
}

function pathBelow(node: FdtNode, path: string, phandle: number): string | undefined {
  if (phandleOf(node) === phandle) return path || '/';
  for (const child of node.children) {
    const found = pathBelow(child, `${path}/${child.name}`, phandle);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The phandle of a node of the tree; one that has none gets the next above all others.
 *
 * @throws FdtError `ERANGE` where no number is left
 */
export function ensurePhandle(fdt: Fdt, node: FdtNode): number {
  const own = phandleOf(node);
  if (own !== undefined) return own;
  const next = largestPhandle(fdt.root) + 1;
  if (next >= INVALID) throw noneLeft(next);
  setProperty(node, 'phandle', u32Value(next));
  return next;
}

/** The largest phandle in a tree; 0 where there is none. */
export function largestPhandle(root: FdtNode): number {
  let largest = 0;
  for (const node of allNodes(root)) largest = Math.max(largest, phandleOf(node) ?? 0);
  return largest;
}

/** The error for a tree that has used up the phandles. */
export function noneLeft(value: number): FdtError {
  const message = `phandle 0x${value.toString(16)} does not fit 32 bits`;
  return new FdtError('ERANGE', message, 'renumber the phandles of the tree: some are near the end', { value });
}

/** A node and all below it, parents first. */
export function* allNodes(node: FdtNode): Generator<FdtNode, void> {
  yield node;
  for (const child of node.children) yield* allNodes(child);
}
