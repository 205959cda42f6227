import type { MemoryImage } from '../memory-image.ts';
import { pfnOf } from '../page.ts';
import { PageSet } from '../page-set.ts';
import { segmentSpan } from '../segment.ts';
import { type ControlPage, type ControlPageOwner, copiesOf, type StagePlan } from '../stage.ts';
import type { MemoryRoles } from './memory-roles.ts';
import { type CopyVisitor, type Destination, PlannedSources } from './planned-sources.ts';
import { followCode, type ReachedCode } from './routine-code.ts';
import { spanFinder } from './span-finder.ts';
import type { World } from './world.ts';

/** A plan and the memory it was loaded into, indexed for the checks. */
export interface PlanView {
  readonly stage: StagePlan;
  readonly image: MemoryImage;
  readonly world: World;
  /** What the machine's memory may be used for. */
  readonly roles: MemoryRoles;
  /** The routine as it is loaded. */
  readonly routine: ReachedCode;
  /** Whether the routine compares digests. */
  readonly verifies: boolean;
  /** Whether it needs temporary tables: to copy with the MMU on, and to verify. */
  readonly isTranslated: boolean;
  readonly destinations: readonly Destination[];
  /** Every source page of a copy. */
  readonly sources: PageSet;
  /** How many pages have a planned copy to them. */
  readonly copied: number;
  /** Pages of no segment that a copy is planned to. */
  readonly strays: readonly number[];
  /** Destination pages that the plan names more than once. */
  readonly plannedTwice: readonly number[];
  /** The planned source of a destination page; where several are planned, the last. */
  sourceOf(pfn: number): number | undefined;
  /** The planned source of each page of a destination, or `NO_SOURCE`. */
  sourcesOf(destination: Destination): Float64Array;
  /** Goes through the planned copies, one for each destination page. */
  eachCopy(visit: CopyVisitor): void;
  /** The segment that a page is a destination of. */
  destinationOf(pfn: number): Destination | undefined;
  /** The control pages of one owner, in the plan's order. */
  controlPages(owner: ControlPageOwner): readonly ControlPage[];
}

/** Indexes a plan. */
export function viewPlan(stage: StagePlan, image: MemoryImage, world: World, roles: MemoryRoles): PlanView {
  const { segments } = stage.placement;
  const destinations = segments
    .map((segment): Destination => ({ segment, ...segmentSpan(segment) }))
    .filter(({ pages }) => pages > 0);
  const destinationOf = spanFinder(destinations);
  const planned = new PlannedSources(destinations, destinationOf, copiesOf(stage));
  const sources = new PageSet();
  planned.each((_, source) => sources.add(source));
  const verifies = stage.controlPages.some(({ owner }) => owner === 'constants');
  return {
    stage,
    image,
    world,
    roles,
    routine: followCode(wordsOf(image, pfnOf(stage.start)) ?? new Uint32Array()),
    verifies,
    isTranslated: verifies || (stage.kind === 'relocation' && stage.mmu === 'on'),
    destinations,
    sources,
    copied: planned.size,
    strays: planned.strays,
    plannedTwice: planned.twice,
    sourceOf: (pfn) => planned.of(pfn),
    sourcesOf: (destination) => planned.tableOf(destination),
    eachCopy: (visit) => planned.each(visit),
    destinationOf,
    controlPages: (owner) => stage.controlPages.filter((page) => page.owner === owner),
  };
}

/** The words of a page of the image, 1024 of 32 bits; `undefined` where nothing was loaded. */
export function wordsOf(image: MemoryImage, pfn: number): Uint32Array | undefined {
  const page = image.page(pfn);
  return page && new Uint32Array(page.buffer, page.byteOffset, 1024);
}
