import { type Range, rangesOverlap } from '@kexeckit/ioport';
import type { Generation, RebootPlan } from '@kexeckit/reboot';
import { type PlannedSegment, type RegionParameter, regionParameters, strategyNamed } from '@kexeckit/relocation';
import { type ItemKind, type MapItem, rangeItem } from './item.ts';

const regionLooks: Readonly<Record<RegionParameter, ItemKind>> = {
  kexeckernel: 'region',
  crashkernel: 'crash kernel',
};

/** A machine's items with those of a plan: a region that the plan loads into is drawn as the plan sees it. */
export function withPlan(fixed: readonly MapItem[], plan: RebootPlan): MapItem[] {
  const region = regionItem(plan);
  const others = fixed.filter(
    (item) => region === undefined || item.kind !== region.kind || !rangesOverlap(item, region),
  );
  return [...others, ...(region === undefined ? [] : [region]), ...destinationItems(plan)];
}

function regionItem({ stage, generation }: RebootPlan): MapItem | undefined {
  const parameter = strategyNamed(stage.strategy).region;
  if (generation === undefined || parameter === undefined) return undefined;
  return rangeItem(
    regionLooks[parameter],
    regionParameters[parameter].resource,
    generation.region,
    regionNote(generation),
  );
}

function regionNote({ half }: Generation): string {
  return half === undefined
    ? 'reserved for the next kernel'
    : `reserved; its ${half} half for the next kernel, the other one for the kernel after it`;
}

/** The segments that take room. */
export function destinations({ stage }: RebootPlan): PlannedSegment[] {
  return stage.placement.segments.filter(({ memsz }) => memsz > 0n);
}

/** Where a segment has to stand. */
export const destinationOf = ({ mem, memsz }: PlannedSegment): Range => ({ start: mem, end: mem + memsz - 1n });

function destinationItems(plan: RebootPlan): MapItem[] {
  return destinations(plan).map((segment) =>
    rangeItem(
      lookOf(segment.name),
      segment.name,
      destinationOf(segment),
      segment.placement === 'in-place' ? 'destination, loaded in place' : 'destination, copied at the reboot',
    ),
  );
}

function lookOf(segment: string): ItemKind {
  return segment === 'kernel' || segment === 'initrd' || segment === 'dtb' ? segment : 'segment';
}
