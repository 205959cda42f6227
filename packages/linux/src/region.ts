import { memoryLimit } from '@kexeckit/cmdline';
import { type Fdt, FdtError, findNode, getProperty, memoryRanges, parseFdt } from '@kexeckit/fdt';
import {
  alignDown,
  alignUp,
  childrenOf,
  findByName,
  insertResource,
  mergeRanges,
  type Range,
  type ResourceTree,
  rangeContains,
  rangeSize,
  rangesOverlap,
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
  const tree = parseFdt(dtb);
  if (efi !== false || cmdline === undefined || isCaptureKernel(tree)) return undefined;
  if (!hasCutOff(memoryLimit(cmdline), systemRam(memory), memoryRanges(tree))) return undefined;
  const last = systemRam(memory).at(-1)?.end ?? 0n;
  const listed = [...childrenOf(memory.root)].map(({ start, end }) => ({ start, end }));
  const cut = subtractRanges(mergeRanges(memoryRanges(tree)), [
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

/** What a kernel for dumps leaves alone is the memory of the one that has crashed. */
function isCaptureKernel(tree: Fdt): boolean {
  const chosen = findNode(tree, '/chosen');
  return ['linux,usable-memory-range', 'linux,elfcorehdr'].some(
    (name) => chosen !== undefined && getProperty(chosen, name) !== undefined,
  );
}

/** Whether a limit explains that a kernel has no more RAM than it has. */
function hasCutOff(limit: bigint | undefined, ram: readonly Range[], all: readonly Range[]): boolean {
  const total = (ranges: readonly Range[]): bigint => ranges.reduce((sum, range) => sum + rangeSize(range), 0n);
  return limit !== undefined && total(ram) <= alignUp(limit, PAGE) && limit < total(all);
}

const PAGE = 4096n;

/** Notes the region in a memory map, where the map has something else, or nothing. */
export function noteRegion(memory: ResourceTree, { range }: KeptRegion): void {
  put(memory, range, { name: regionParameters.kexeckernel.resource, ...ramFlags(memory) });
}

/**
 * The crash region that Linux loads into: it knows two, and the low one, which `crashkernel=,high` makes beside it, is for devices
 * of a capture kernel only. kexec_crash_size is the size of the upper one, since 6.5 that of both together.
 *
 * @returns undefined where the map lists none, or none that kexec_crash_size speaks of.
 */
export function loadableCrashRegion(
  { kexecCrashSize }: Pick<Host, 'kexecCrashSize'>,
  memory: ResourceTree,
): Range | undefined {
  const found = crashRegionsIn(memory).toSorted((a, b) => (a.start > b.start ? -1 : 1));
  const both = found.reduce((sum, range) => sum + rangeSize(range), 0n);
  if (kexecCrashSize === undefined || kexecCrashSize === both) return found[0];
  return found.find((range) => rangeSize(range) === kexecCrashSize);
}

/** Notes the crash regions that Linux does not load into as reserved, for whoever plans a load. */
export function reserveOtherCrashRegions(memory: ResourceTree, loadable: Range | undefined): void {
  const others = findByName(memory, CRASH).filter(({ start }) => start !== loadable?.start);
  for (const resource of others) {
    const { start, end } = resource;
    const isOutside = resource.parent === memory.root;
    releaseResource(resource);
    insertResource(memory, { start, end, name: 'reserved' });
    // Outside of System RAM, reserved is memory that is not mapped. Of two alike the new one holds the other.
    if (isOutside) insertResource(memory, { start, end, name: 'System RAM', ...ramFlags(memory) });
  }
}

const CRASH = regionParameters.crashkernel.resource;

const crashRegionsIn = (memory: ResourceTree): Range[] =>
  findByName(memory, CRASH).map(({ start, end }) => ({ start, end }));

/** What of a range is whole pages; undefined where nothing is. */
export function wholePages(range: Range): Range | undefined {
  const [start, end] = [alignUp(range.start, PAGE), alignDown(range.end + 1n, PAGE) - 1n];
  return start > end ? undefined : { start, end };
}

/**
 * The part of {@link loadableCrashRegion} that takes segments: it need not end on a page, and they do.
 *
 * @returns undefined where there is none.
 */
export function crashRegionPages(host: Pick<Host, 'kexecCrashSize'>, memory: ResourceTree): Range | undefined {
  const region = loadableCrashRegion(host, memory);
  return region && wholePages(region);
}

/**
 * A crash region need not end on a page: from 6.12 on Linux takes its size as it was asked for. What of it is whole pages can be
 * loaded into, and stands in the map for those who plan.
 */
export function cutCrashRegionToPages(memory: ResourceTree, region: Range): void {
  const whole = wholePages(region);
  if (whole?.start === region.start && whole.end === region.end) return;
  const found = findByName(memory, CRASH).find((resource) => resource.start === region.start);
  if (found === undefined) return;
  const { flags } = found;
  releaseResource(found);
  for (const rest of subtractRanges([region], whole === undefined ? [] : [whole]))
    insertResource(memory, { ...rest, name: 'reserved', flags });
  if (whole !== undefined) insertResource(memory, { ...whole, name: CRASH, flags });
}

/** What System RAM is flagged with in this map. */
function ramFlags(memory: ResourceTree): { flags?: number } {
  const like = [...childrenOf(memory.root)].find(({ name }) => name === 'System RAM');
  return like === undefined ? {} : { flags: like.flags };
}

/** Puts a range at the top of a map: whatever lines it is part of, a node of NUMA may begin in it, keep the rest. */
function put(memory: ResourceTree, range: Range, as: { name: string; flags?: number }): void {
  for (const holder of [...childrenOf(memory.root)].filter((resource) => rangesOverlap(resource, range))) {
    const { name, flags, start, end } = holder;
    releaseResource(holder);
    for (const rest of subtractRanges([{ start, end }], [range])) insertResource(memory, { ...rest, name, flags });
  }
  insertResource(memory, { ...range, ...as });
}
