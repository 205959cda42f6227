import {
  cellCounts,
  type Fdt,
  type FdtReservation,
  findNode,
  getProperty,
  isAvailable,
  MEMRESERVE_NAME,
  parseFdt,
  type ReservedRange,
} from '@kexeckit/fdt';
import type { Range, RoleSpan } from '@kexeckit/ioport';
import { regionNodeOf, whyIgnored, withoutRegionNode } from '../region-node.ts';
import { endingEntries, totalSizeOf } from './own-entries.ts';
import { rangesOf, regOf } from './reg-ranges.ts';
import { usedByFirmware } from './used-by-firmware.ts';

/**
 * What a device tree reserves as Linux reads it (drivers/of): children of a `/reserved-memory` without `ranges`, or whose
 * cells are not the root's, do not count, nor does one whose `reg` is not whole entries. A range that wraps ends with the
 * addresses.
 *
 * @throws FdtError for values that cannot be read.
 */
export function reservationsOf(fdt: Fdt): ReservedRange[] {
  const block = rangesOf(fdt.reservations).map((range) => ({ name: MEMRESERVE_NAME, ...range, noMap: false }));
  return [...reservedNodes(fdt), ...block].sort((a, b) => Number(a.start > b.start) - Number(a.start < b.start));
}

function reservedNodes(fdt: Fdt): ReservedRange[] {
  const parent = findNode(fdt, '/reserved-memory');
  const counts = cellCounts(fdt.root);
  if (parent === undefined || whyIgnored(parent, counts) !== undefined) return [];
  return parent.children.filter(isAvailable).flatMap((node) => {
    const noMap = getProperty(node, 'no-map') !== undefined;
    return regOf(node, counts).map((range) => ({ name: node.name, ...range, noMap }));
  });
}

/** A tree's memory reservation block without what ends with the kernel that still runs: see {@link endingEntries}. */
export function lastingEntries(fdt: Fdt, blob: Uint8Array): FdtReservation[] {
  const ending = endingEntries(fdt, totalSizeOf(blob));
  return fdt.reservations.filter((entry) => !ending.has(entry));
}

/**
 * What a machine's device tree keeps, beyond the kernel that still runs: what it reserves, without the same, and what
 * firmware goes on using. The node of a region keeps it from the running kernel only.
 *
 * @param roles what memory is for: without them, nothing is known to be such a region.
 * @throws FdtError for a blob or values that cannot be read.
 */
export function lastingReservations(blob: Uint8Array, roles: readonly RoleSpan[] = []): ReservedRange[] {
  const fdt = parseFdt(blob);
  const { root } = hasRegion(fdt, roles) ? withoutRegionNode(fdt) : fdt;
  return [...reservationsOf({ ...fdt, root, reservations: lastingEntries(fdt, blob) }), ...usedByFirmware(fdt)];
}

/** Whether the region's node of a tree keeps what the roles have as a region. */
function hasRegion(fdt: Fdt, roles: readonly RoleSpan[]): boolean {
  const region: Range | undefined = regionNodeOf(fdt);
  return roles.some(({ role, start, end }) => role === 'kexec region' && start === region?.start && end === region.end);
}
