import type { MemoryImage } from '../memory-image.ts';
import { type PageSpan, wholePages } from '../page.ts';
import { PageSet } from '../page-set.ts';
import { segmentSpan } from '../segment.ts';
import { type ControlPage, type ControlPageOwner, copiesOf, type StagePlan } from '../stage.ts';
import { type CopyVisitor, type Destination, PlannedSources } from './planned-sources.ts';
import { spanFinder } from './span-finder.ts';

/** A plan and the memory it was loaded into, indexed for the checks. */
export interface PlanView {
  readonly stage: StagePlan;
  readonly image: MemoryImage;
  readonly destinations: readonly Destination[];
  /** Whole pages of System RAM. */
  readonly banks: readonly PageSpan[];
  /** Every source page of a copy. */
  readonly sources: PageSet;
  /** How many pages have a planned copy to them. */
  readonly copied: number;
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
  /** Whether a page lies wholly in System RAM. */
  isRam(pfn: number): boolean;
}

/** Indexes a plan. */
export function viewPlan(stage: StagePlan, image: MemoryImage): PlanView {
  const { segments, ram } = stage.placement;
  const destinations = segments
    .map((segment): Destination => ({ segment, ...segmentSpan(segment) }))
    .filter(({ pages }) => pages > 0);
  const banks = ram.map(wholePages).sort((a, b) => a.first - b.first);
  const destinationOf = spanFinder(destinations);
  const bankOf = spanFinder(banks);
  const planned = new PlannedSources(destinations, destinationOf, copiesOf(stage));
  const sources = new PageSet();
  planned.each((_, source) => sources.add(source));
  return {
    stage,
    image,
    destinations,
    banks,
    sources,
    copied: planned.size,
    plannedTwice: planned.twice,
    sourceOf: (pfn) => planned.of(pfn),
    sourcesOf: (destination) => planned.tableOf(destination),
    eachCopy: (visit) => planned.each(visit),
    destinationOf,
    controlPages: (owner) => stage.controlPages.filter((page) => page.owner === owner),
    isRam: (pfn) => bankOf(pfn) !== undefined,
  };
}

/** The words of a page of the image, 1024 of 32 bits; `undefined` where nothing was loaded. */
export function wordsOf(image: MemoryImage, pfn: number): Uint32Array | undefined {
  const page = image.page(pfn);
  return page && new Uint32Array(page.buffer, page.byteOffset, 1024);
}
