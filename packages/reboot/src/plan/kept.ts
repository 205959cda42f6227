import { insertResource, mergeRanges, type Range, type ResourceTree, rolesOf, subtractRanges } from '@kexeckit/ioport';
import { lastingReservations } from '@kexeckit/relocation';
import type { Reality } from '../reality/reality.ts';

/** Memory that must be left alone whatever the memory map says of it, in whole pages, ascending, joined. */
export interface Kept {
  /** What the device tree or the firmware keeps. */
  readonly reserved: readonly Range[];
  /** What of it must not even be mapped. */
  readonly unmapped: readonly Range[];
}

/** Nothing is kept. */
export const nothingKept: Kept = { reserved: [], unmapped: [] };

/**
 * What a machine keeps: the memory reservation block and `/reserved-memory` of its device tree, without the place of its own
 * initramfs and of the tree itself, what the tree says that firmware goes on using, and what its firmware keeps.
 *
 * @throws FdtError for a device tree that cannot be read.
 */
export function keptBy({
  dtb,
  roles = [],
  reserved = [],
}: Pick<Reality, 'dtb' | 'reserved'> & Partial<Pick<Reality, 'roles'>>): Kept {
  const kept = dtb.length === 0 ? [] : lastingReservations(dtb, roles);
  return {
    reserved: wholePages([...kept, ...reserved]),
    unmapped: wholePages([...kept.filter(({ noMap }) => noMap), ...reserved]),
  };
}

const wholePages = (ranges: readonly Range[]): Range[] =>
  mergeRanges(ranges.map(({ start, end }) => ({ start: (start >> 12n) << 12n, end: end | 0xfffn })));

/** Notes in a memory map what is kept of the memory that it calls free. */
export function noteKept(tree: ResourceTree, { reserved }: Kept): void {
  if (reserved.length === 0) return;
  const free = rolesOf(tree).filter(({ role }) => role === 'usable');
  // What is left of it without what is not kept: where the two meet.
  for (const { start, end } of subtractRanges(free, subtractRanges(free, reserved)))
    insertResource(tree, { start, end, name: 'reserved' });
}
