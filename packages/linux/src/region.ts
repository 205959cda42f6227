import { findParameters } from '@kexeckit/cmdline';
import { FdtError, memoryRanges, parseFdt } from '@kexeckit/fdt';
import {
  alignDown,
  alignUp,
  childrenOf,
  insertResource,
  mergeRanges,
  type Range,
  type ResourceTree,
  rangeContains,
  rangeSize,
  releaseResource,
  rolesOf,
  subtractRanges,
  systemRam,
} from '@kexeckit/ioport';
import { isDivisible, lastingReservations, regionNodeOf, regionParameters } from '@kexeckit/relocation';
import type { Host } from './host.ts';

/** Memory that the running kernel leaves alone, so that another one can be loaded there. */
export interface KeptRegion {
  readonly range: Range;
  /** What shows it, in words. */
  readonly why: string;
}

/** Halves of a region start on 2 MiB. */
const ALIGN = 2n << 20n;

/**
 * Finds the region that was kept from the running kernel: by the `no-map` node that a reboot of ours has written, or by `mem=`.
 * None for a device tree that cannot be read: whoever plans with it says so.
 */
export function keptRegion(
  host: Pick<Host, 'cmdline' | 'efi'>,
  memory: ResourceTree,
  dtb: Uint8Array,
): KeptRegion | undefined {
  try {
    return byNode(memory, dtb) ?? byLimit(host, memory, dtb);
  } catch (error) {
    if (error instanceof FdtError) return undefined;
    throw error;
  }
}

/** The node alone says little: the kernel must have followed it, which it does not where it needs the memory itself. */
function byNode(memory: ResourceTree, dtb: Uint8Array): KeptRegion | undefined {
  const range = regionNodeOf(parseFdt(dtb));
  if (range === undefined) return undefined;
  const unmapped = mergeRanges(rolesOf(memory).filter(({ role }) => role === 'no-map'));
  if (!unmapped.some((each) => rangeContains(each, range))) return undefined;
  return { range, why: 'a no-map node of the device tree keeps it, and /proc/iomem has it as reserved' };
}

/** `mem=` cuts off the end of RAM. With UEFI, other things than RAM may lie there: the tree does not tell of them. */
function byLimit(
  { cmdline, efi }: Pick<Host, 'cmdline' | 'efi'>,
  memory: ResourceTree,
  dtb: Uint8Array,
): KeptRegion | undefined {
  if (efi !== false || cmdline === undefined || findParameters(cmdline, 'mem').length === 0) return undefined;
  const last = systemRam(memory).at(-1)?.end ?? 0n;
  const listed = [...childrenOf(memory.root)].map(({ start, end }) => ({ start, end }));
  const cut = subtractRanges(mergeRanges(memoryRanges(parseFdt(dtb))), [
    { start: 0n, end: last },
    ...listed,
    ...lastingReservations(dtb),
  ])
    .map(({ start, end }) => ({ start: alignUp(start, ALIGN), end: alignDown(end + 1n, ALIGN) - 1n }))
    .filter((range) => range.start < range.end && isDivisible(range))
    .toSorted((a, b) => (rangeSize(a) > rangeSize(b) ? -1 : 1));
  const [range] = cut;
  return range && { range, why: 'the device tree has it as memory, and mem= has cut it off' };
}

/** Notes the region in a memory map, where the map has something else, or nothing. */
export function noteRegion(memory: ResourceTree, { range }: KeptRegion): void {
  const holder = [...childrenOf(memory.root)].find((resource) => rangeContains(resource, range));
  if (holder !== undefined) {
    const { name } = holder;
    const rest = subtractRanges([{ start: holder.start, end: holder.end }], [range]);
    releaseResource(holder);
    for (const each of rest) insertResource(memory, { ...each, name });
  }
  const [like] = [...childrenOf(memory.root)].filter(({ name }) => name === 'System RAM');
  insertResource(memory, {
    ...range,
    name: regionParameters.kexeckernel.resource,
    ...(like !== undefined && { flags: like.flags }),
  });
}
