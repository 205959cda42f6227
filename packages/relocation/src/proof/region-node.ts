import { type Fdt, parseFdt } from '@kexeckit/fdt';
import { type Range, rangeContains } from '@kexeckit/ioport';
import { type Half, halfOf, isDivisible, otherHalf } from '../generations.ts';
import { hex } from '../page.ts';
import { isStubTree, regionNodeName, regionNodeOf } from '../region-node.ts';
import { notedRegion } from '../region-note.ts';
import { regionParameters } from '../region-parameters.ts';
import { segmentRange } from '../segment.ts';
import { strategyNamed } from '../strategies.ts';
import { commandLineOf } from './chosen.ts';
import { SpanSet } from './spans.ts';
import type { PlanView } from './view.ts';

/**
 * The node that keeps a region for the kernel after the next one: in the other half of the region that the next kernel lives
 * in, where the machine's region is told so; else just as the machine has it, or new, in RAM that is nobody's else.
 */
export function checkRegionNode(next: Fdt, view: PlanView, say: (detail: string) => void): void {
  const { stage, world, roles } = view;
  const machine = parseFdt(world.dtb);
  const told = regionNodeOf(next);
  const before = regionNodeOf(machine);
  if (told !== undefined) checkCommandLine(next, machine, say);
  const intoRegion = strategyNamed(stage.strategy).region === 'kexeckernel';
  if (intoRegion && world.nextRegion?.kexeckernel === 'node') {
    checkOtherHalf(next, machine, view, say);
    return;
  }
  if (told?.start === before?.start && told?.end === before?.end) return;
  if (before !== undefined || told === undefined || intoRegion)
    say(`it has ${nameOf(told)}, and the machine ${nameOf(before)}`);
  else if (!covers(roles.destinations, told)) say(`${nameOf(told)} takes memory that is not free for it`);
}

/** The region is the machine's; the segments are in one half of it, and the other one is told. */
function checkOtherHalf(next: Fdt, machine: Fdt, { stage, roles }: PlanView, say: (detail: string) => void): void {
  const region = notedRegion(next, regionParameters.kexeckernel);
  if (region === undefined || !isDivisible(region)) {
    say('it does not tell of the region that the next kernel lives in a half of');
    return;
  }
  const half = (['lower', 'upper'] as const).find((each) =>
    stage.placement.segments.every(
      (segment) => segment.memsz === 0n || rangeContains(halfOf(region, each), segmentRange(segment)),
    ),
  );
  if (half === undefined)
    say(`its segments are in no half of the region from ${hex(region.start)} to ${hex(region.end)}`);
  else checkTold(regionNodeOf(next), halfOf(region, otherHalf(half)), say);
  if (!isOfMachine(region, machine) && !covers(roles.region, region))
    say(`it tells of a region from ${hex(region.start)} to ${hex(region.end)}, which is not the machine's`);
}

function checkTold(told: Range | undefined, other: Range, say: (detail: string) => void): void {
  if (told?.start === other.start && told.end === other.end) return;
  say(`it has ${nameOf(told)}, and the half for the kernel after it is ${hex(other.start)} to ${hex(other.end)}`);
}

/** The running kernel lives in one half of it, and was told of the other one. */
function isOfMachine(region: Range, machine: Fdt): boolean {
  const noted = notedRegion(machine, regionParameters.kexeckernel);
  const before = regionNodeOf(machine);
  return (
    noted?.start === region.start &&
    noted.end === region.end &&
    (['lower', 'upper'] satisfies Half[]).some((half) => halfOf(region, half).start === before?.start)
  );
}

const covers = (pages: SpanSet, range: Range): boolean =>
  [...SpanSet.touching([range])].every((span) => pages.covers(span));

const nameOf = (range: Range | undefined): string => (range === undefined ? 'no region' : regionNodeName(range));

/**
 * A kernel with a node more than `/chosen` leaves ACPI, unless it is told not to (arch/arm64/kernel/acpi.c); a limit of memory
 * could cut off what the next kernel lives in.
 */
function checkCommandLine(next: Fdt, machine: Fdt, say: (detail: string) => void): void {
  const line = new TextDecoder().decode(commandLineOf(next));
  if (/(^|[\s"])mem=/.test(line)) say('its command line has mem= beside a region that its tree keeps');
  if (isStubTree(machine) && !/(^|[\s"])acpi=(on|force)(?=[\s"]|$)/.test(line))
    say('it has a region beside /chosen, and no acpi=force: the next kernel would not read the ACPI tables');
}
