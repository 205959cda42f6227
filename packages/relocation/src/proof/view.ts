import type { MemoryImage } from '../memory-image.ts';
import { pfnOf, wholePages } from '../page.ts';
import type { PlannedSegment, RelocationPlan } from '../plan.ts';

/** Neighbouring pages. */
export interface PageSpan {
  readonly first: number;
  readonly pages: number;
}

/** A segment's destination in pages. */
export interface Destination extends PageSpan {
  readonly segment: PlannedSegment;
}

/** A plan and the memory it was loaded into, indexed for the checks. */
export interface PlanView {
  readonly plan: RelocationPlan;
  readonly image: MemoryImage;
  readonly destinations: readonly Destination[];
  /** Whole pages of System RAM. */
  readonly banks: readonly PageSpan[];
  /** The source page of every copied destination page. */
  readonly sourceOf: ReadonlyMap<number, number>;
  /** The segment that a page is a destination of. */
  destinationOf(pfn: number): Destination | undefined;
  /** Whether a page lies wholly in System RAM. */
  isRam(pfn: number): boolean;
}

/** Indexes a plan. */
export function viewPlan(plan: RelocationPlan, image: MemoryImage): PlanView {
  const destinations = plan.segments
    .map((segment): Destination => ({ segment, first: pfnOf(segment.mem), pages: Number(segment.memsz / 4096n) }))
    .filter(({ pages }) => pages > 0);
  const sourceOf = new Map<number, number>();
  for (const { source, destination, pages } of plan.copies) {
    for (let page = 0; page < pages; page++) sourceOf.set(destination + page, source + page);
  }
  const banks = plan.ram.map(wholePages).map(({ first, last }) => ({ first, pages: last - first + 1 }));
  return {
    plan,
    image,
    destinations,
    banks,
    sourceOf,
    destinationOf: (pfn) => destinations.find(({ first, pages }) => first <= pfn && pfn < first + pages),
    isRam: (pfn) => banks.some(({ first, pages }) => first <= pfn && pfn < first + pages),
  };
}

/** The 64-bit word at `index` of a page of the image; `undefined` where nothing was loaded. */
export function wordAt(image: MemoryImage, pfn: number, index: number): bigint | undefined {
  const page = image.page(pfn);
  return page && new DataView(page.buffer, page.byteOffset).getBigUint64(index * 8, true);
}
