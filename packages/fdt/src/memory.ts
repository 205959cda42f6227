import { FdtError } from './error.ts';
import { getProperty } from './property.ts';
import { cellCounts, readPairs } from './reg.ts';
import { whyReservedIgnored } from './reserved-node.ts';
import type { Fdt, FdtNode } from './tree.ts';
import { stringValue } from './values.ts';

/** A range of physical memory, both ends inclusive. */
export interface MemoryRange {
  start: bigint;
  end: bigint;
}

/** A range that something is kept in. */
export interface ReservedRange extends MemoryRange {
  /** Name of the node under `/reserved-memory`, or `/memreserve/` for an entry of the memory reservation block. */
  name: string;
  /** The operating system must not even map it (`no-map`). */
  noMap: boolean;
}

/** The part of a memory node's `reg` that a kernel is to use. */
const USABLE = 'linux,usable-memory';

const hasUsable = (node: FdtNode): boolean => getProperty(node, USABLE) !== undefined;

/** Name that {@link reservedMemory} gives to entries of the memory reservation block, as DTS spells them. */
export const MEMRESERVE_NAME = '/memreserve/';

const ADDRESS_LIMIT = 1n << 64n;

/**
 * The machine's memory: `reg` of the root's children with `device_type = "memory"` (Devicetree Specification 3.4),
 * sorted by start, not merged; `linux,usable-memory` in its place where a node has it, as Linux reads it. Nodes whose
 * `status` is neither `okay` nor `ok` are left out, as are sizes of zero. Empty after a UEFI boot: its stub deletes the
 * memory nodes.
 *
 * @throws FdtError `EINVAL` for a malformed value, `ERANGE` for a range beyond 64 bits
 */
export function memoryRanges(fdt: Fdt): MemoryRange[] {
  return fdt.root.children
    .filter((node) => isText(node, 'device_type', 'memory') && isAvailable(node))
    .flatMap((node) => rangesIn(node, fdt.root, hasUsable(node) ? USABLE : 'reg'))
    .sort(byStart);
}

/**
 * What must not be overwritten: the fixed ranges of the children of `/reserved-memory` (Devicetree Specification 3.5)
 * and the memory reservation block (5.3), sorted by start, not merged; they may overlap. Nodes that only ask for a `size`
 * have no place yet and are left out ({@link dynamicReservations} has them), as are disabled nodes and sizes of zero. A
 * `/reserved-memory` that Linux ignores as a whole ({@link linuxDoubts} says why) has none.
 *
 * @throws FdtError `EINVAL` for a malformed `reg`, `ERANGE` for a range beyond 64 bits
 */
export function reservedMemory(fdt: Fdt): ReservedRange[] {
  const parent = fdt.root.children.find((child) => child.name === 'reserved-memory');
  const isRead = parent !== undefined && whyReservedIgnored(fdt, parent) === undefined;
  const fromNodes = (isRead ? parent.children : []).filter(isAvailable).flatMap((node) => {
    const noMap = getProperty(node, 'no-map') !== undefined;
    return rangesIn(node, fdt.root, 'reg').map((range) => ({ name: node.name, ...range, noMap }));
  });
  const fromBlock = toRanges(fdt.reservations, MEMRESERVE_NAME).map((range) => ({
    name: MEMRESERVE_NAME,
    ...range,
    noMap: false,
  }));
  return [...fromNodes, ...fromBlock].sort(byStart);
}

function rangesIn(node: FdtNode, parent: FdtNode, property: string): MemoryRange[] {
  const value = getProperty(node, property);
  if (value === undefined) return [];
  return toRanges(readPairs(value, cellCounts(parent), `${property} of '${node.name}'`), node.name);
}

function toRanges(pairs: readonly { address: bigint; size: bigint }[], what: string): MemoryRange[] {
  const ranges: MemoryRange[] = [];
  for (const { address, size } of pairs) {
    if (size === 0n) continue;
    const end = address + size - 1n;
    if (end >= ADDRESS_LIMIT) {
      throw new FdtError(
        'ERANGE',
        `${what}: 0x${size.toString(16)} bytes at 0x${address.toString(16)} wrap around`,
        'correct the address or size: a range must end below 2^64',
        { value: address },
      );
    }
    ranges.push({ start: address, end });
  }
  return ranges;
}

/** Whether a node's `status` lets it be used: `okay` or none (Devicetree Specification 2.3.4), and `ok`, which is Linux's. */
export function isAvailable(node: FdtNode): boolean {
  return getProperty(node, 'status') === undefined || isText(node, 'status', 'okay') || isText(node, 'status', 'ok');
}

function isText(node: FdtNode, name: string, text: string): boolean {
  const value = getProperty(node, name);
  const expected = stringValue(text);
  return value !== undefined && value.length === expected.length && value.every((byte, at) => byte === expected[at]);
}

function byStart(a: MemoryRange, b: MemoryRange): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.end !== b.end) return a.end < b.end ? -1 : 1;
  return 0;
}
