import {
  type Fdt,
  findNode,
  getProperty,
  MEMRESERVE_NAME,
  type MemoryRange,
  memoryRanges,
  parseFdt,
  type ReservedRange,
  readString,
} from '@kexeckit/fdt';
import { mergeRanges, type Range, rangesOverlap, subtractRanges } from '@kexeckit/ioport';
import { hex } from '../page.ts';
import { segmentRange } from '../segment.ts';
import type { PlannedSegment } from '../stage.ts';
import { isMemory } from './memory-roles.ts';
import { initrdOf, lastingReservations, reservationsOf } from './reservations.ts';
import type { PlanView } from './view.ts';

/** arm64's COMMAND_LINE_SIZE, less the NUL: what is longer is cut. */
const CMDLINE_MAX = 2047;

/** What belongs to a crash kernel, and would make of the next kernel one. */
const STALE = ['linux,elfcorehdr', 'linux,usable-memory-range'];

type Say = (detail: string) => void;

/** What the next kernel reads in its tree, against the tree of the machine and against where things really stand. */
export function checkDeviceTree(
  view: PlanView,
  dtb: PlannedSegment,
  content: Uint8Array,
  complain: (address: bigint, owner: string, detail: string) => void,
): void {
  const say: Say = (detail) => complain(dtb.mem, dtb.name, detail);
  const next = parseFdt(content);
  const machine = parseFdt(view.world.dtb);
  checkMemory(next, machine, view, say);
  checkReservations(next, machine, say);
  checkOwnPlaces(next, view, say);
  checkChosen(next, view, say);
}

/** The same memory as on the machine; where its tree has none, as after a UEFI boot, nothing but RAM. */
function checkMemory(next: Fdt, machine: Fdt, view: PlanView, say: Say): void {
  const [said, real] = [memoryRanges(next), memoryRanges(machine)];
  const known = real.length > 0 ? real : view.world.roles.filter(isMemory);
  const [invented] = subtractRanges(said, known);
  if (invented !== undefined) say(`it says that there is memory at ${hex(invented.start)}, and the machine has none`);
  const [hidden] = subtractRanges(real, said);
  if (hidden !== undefined) say(`it does not say that there is memory at ${hex(hidden.start)}`);
  if (said.length === 0) return;
  const all = mergeRanges(said);
  for (const { name, mem, memsz } of view.stage.placement.segments) {
    const range = { start: mem, end: mem + memsz - 1n };
    if (memsz > 0n && subtractRanges([range], all).length > 0) say(`${name} stands outside the memory that it names`);
  }
}

/** What the machine keeps, the next kernel keeps, and what nobody may map, nobody maps. */
function checkReservations(next: Fdt, machine: Fdt, say: Say): void {
  const [kept, real] = [reservationsOf(next), lastingReservations(machine)];
  const unmapped = (ranges: readonly ReservedRange[]): ReservedRange[] => ranges.filter(({ noMap }) => noMap);
  for (const { start, end } of subtractRanges(real, kept)) say(`it does not reserve ${hex(start)} to ${hex(end)}`);
  for (const { start, end } of subtractRanges(unmapped(real), unmapped(kept)))
    say(`it lets ${hex(start)} to ${hex(end)} be mapped`);
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

/** `/chosen`: the command line, the initramfs as it stands, and nothing of a crash kernel. */
function checkChosen(next: Fdt, view: PlanView, say: Say): void {
  const chosen = findNode(next, '/chosen');
  const bootargs = chosen && getProperty(chosen, 'bootargs');
  if (bootargs !== undefined) {
    readString(bootargs);
    if (bootargs.length - 1 > CMDLINE_MAX)
      say(`its command line of ${bootargs.length - 1} bytes is cut behind ${CMDLINE_MAX}`);
  }
  for (const name of STALE)
    if (chosen !== undefined && getProperty(chosen, name) !== undefined) say(`its /chosen has ${name}`);
  const initrd = view.stage.placement.segments.find(({ name }) => name === 'initrd');
  const [told, placed] = [initrdOf(next), initrd && rangeOfContent(initrd)];
  if (told?.start !== placed?.start || told?.end !== placed?.end)
    say(`its /chosen has an initramfs ${placeOf(told)}, and it is ${placeOf(placed)}`);
}

const rangeOfContent = ({ mem, bufsz }: PlannedSegment): Range => ({ start: mem, end: mem + bufsz - 1n });

const placeOf = (range: MemoryRange | undefined): string =>
  range === undefined ? 'nowhere' : `from ${hex(range.start)} to ${hex(range.end)}`;
