import {
  type Fdt,
  type FdtNode,
  findNode,
  getProperty,
  MEMRESERVE_NAME,
  type MemoryRange,
  memoryRanges,
  parseFdt,
  readString,
} from '@kexeckit/fdt';
import { mergeRanges, type Range, rangesOverlap, subtractRanges } from '@kexeckit/ioport';
import { hex } from '../page.ts';
import { segmentRange } from '../segment.ts';
import type { PlannedSegment } from '../stage.ts';
import { chosenOf, commandLineOf, staleInChosen } from './chosen.ts';
import { initrdOf, keepsInitrd, totalSizeOf } from './own-entries.ts';
import { checkRegionNode } from './region-node.ts';
import { reservationsOf } from './reservations.ts';
import { firstTreeDifference } from './same-tree.ts';
import type { PlanView } from './view.ts';

type Say = (detail: string) => void;

/** What the next kernel reads in its tree: the machine's own, but for where things really stand, and what it is told. */
export function checkDeviceTree(
  view: PlanView,
  dtb: PlannedSegment,
  content: Uint8Array,
  complain: (address: bigint, owner: string, detail: string) => void,
): void {
  const say: Say = (detail) => complain(dtb.mem, dtb.name, detail);
  const next = parseFdt(content);
  const initrd = view.stage.placement.segments.find(({ name }) => name === 'initrd');
  const placed = initrd && rangeOfContent(initrd);
  const { dtb: blob } = view.world;
  const difference = firstTreeDifference(next, parseFdt(blob), totalSizeOf(blob), placed);
  if (difference !== undefined) say(difference);
  checkMemory(next, view, say);
  checkRegionNode(next, view, say);
  checkOwnPlaces(next, view, say);
  checkChosen(next, placed, say);
}

/** Segments stand in the memory that the tree names; where it says that firmware does, the kernel forgets what the tree names. */
function checkMemory(next: Fdt, view: PlanView, say: Say): void {
  if (hasFirmwareMap(next)) return;
  const all = mergeRanges(memoryRanges(next));
  if (all.length === 0) {
    say('it names no memory, and no firmware that would');
    return;
  }
  for (const { name, mem, memsz } of view.stage.placement.segments) {
    const range = { start: mem, end: mem + memsz - 1n };
    if (memsz > 0n && subtractRanges([range], all).length > 0) say(`${name} stands outside the memory that it names`);
  }
}

/** Whether EFI's memory map is told of, or that of a hypervisor (drivers/firmware/efi/fdtparams.c). */
function hasFirmwareMap(next: Fdt): boolean {
  const places = [
    [chosenOf(next), 'linux,uefi-mmap-start'],
    [findNode(next, '/hypervisor/uefi'), 'xen,uefi-mmap-start'],
  ] as const;
  return places.some(([node, name]) => node !== undefined && getProperty(node, name) !== undefined);
}

/**
 * Nobody else may have what a segment stands in: a node of `/reserved-memory` gives it to a driver, or hides it. What the
 * memory reservation block has is only kept, as the segments are anyway.
 */
function checkOwnPlaces(next: Fdt, view: PlanView, say: Say): void {
  for (const { name, start, end, noMap } of reservationsOf(next)) {
    if (name === MEMRESERVE_NAME && !noMap) continue;
    for (const segment of view.stage.placement.segments)
      if (segment.memsz > 0n && rangesOverlap(segmentRange(segment), { start, end }))
        say(`it reserves ${hex(start)} to ${hex(end)} (${name}), where ${segment.name} stands`);
  }
}

/** `/chosen`: the command line, the initramfs as it stands, and nothing of a kernel before. */
function checkChosen(next: Fdt, placed: MemoryRange | undefined, say: Say): void {
  const chosen = chosenOf(next);
  const bootargs = chosen && getProperty(chosen, 'bootargs');
  if (bootargs !== undefined) {
    readString(bootargs);
    const read = commandLineOf(next).length;
    if (read < bootargs.length - 1) say(`its command line of ${bootargs.length - 1} bytes is cut behind ${read}`);
  }
  if (chosen === undefined || getProperty(chosen, 'linux,booted-from-kexec') === undefined)
    say('its /chosen does not say that a kexec boots it');
  checkSeeds(chosen, say);
  for (const name of staleInChosen)
    if (chosen !== undefined && getProperty(chosen, name) !== undefined) say(`its /chosen has ${name}`);
  const told = initrdOf(next);
  if (told?.start !== placed?.start || told?.end !== placed?.end)
    say(`its /chosen has an initramfs ${placeOf(told)}, and it is ${placeOf(placed)}`);
  if (placed !== undefined && !next.reservations.some((entry) => keepsInitrd(entry, placed)))
    say(`it does not reserve the initramfs ${placeOf(placed)}`);
}

/** Seeds that the kernel takes: a `kaslr-seed` of another size is passed over, and the kernel then stands where it is put. */
function checkSeeds(chosen: FdtNode | undefined, say: Say): void {
  const sizeOf = (name: string): number | undefined => chosen && getProperty(chosen, name)?.length;
  const kaslr = sizeOf('kaslr-seed');
  if (kaslr !== 8) say(`its kaslr-seed has ${kaslr ?? 'no'} bytes`);
  else if (chosen && getProperty(chosen, 'kaslr-seed')?.every((byte) => byte === 0))
    say('its kaslr-seed is 0, which is none');
  if (!sizeOf('rng-seed')) say('its rng-seed is empty');
}

const rangeOfContent = ({ mem, bufsz }: PlannedSegment): Range => ({ start: mem, end: mem + bufsz - 1n });

const placeOf = (range: MemoryRange | undefined): string =>
  range === undefined ? 'nowhere' : `from ${hex(range.start)} to ${hex(range.end)}`;
