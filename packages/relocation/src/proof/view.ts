import type { CopyRun, CopyRuns } from '../copy-runs.ts';
import type { MemoryImage } from '../memory-image.ts';
import { type PageSpan, pfnOf, wholePages } from '../page.ts';
import { PageSet } from '../page-set.ts';
import type { PlannedSegment, RelocationPlan } from '../plan.ts';

/** A segment's destination in pages. */
export interface Destination extends PageSpan {
  readonly segment: PlannedSegment;
}

/** Takes one planned copy; `name` is that of the segment it is for. */
export type CopyVisitor = (destination: number, source: number, name: string) => void;

/** A plan and the memory it was loaded into, indexed for the checks. */
export interface PlanView {
  readonly plan: RelocationPlan;
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
  /** Goes through the planned copies, one for each destination page. */
  eachCopy(visit: CopyVisitor): void;
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
  const banks = plan.ram.map(wholePages).map(({ first, last }) => ({ first, pages: last - first + 1 }));
  const destinationOf = spanFinder(destinations);
  const bankOf = spanFinder(banks);
  const planned = new PlannedSources(destinations, destinationOf, plan.copies);
  const sources = new PageSet();
  planned.each((_, source) => sources.add(source));
  return {
    plan,
    image,
    destinations,
    banks,
    sources,
    copied: planned.size,
    plannedTwice: planned.twice,
    sourceOf: (pfn) => planned.of(pfn),
    eachCopy: (visit) => planned.each(visit),
    destinationOf,
    isRam: (pfn) => bankOf(pfn) !== undefined,
  };
}

/** Finds the first span that holds a page. Pages come in runs: the last one found is looked at first where it may be. */
function spanFinder<Span extends PageSpan>(spans: readonly Span[]): (pfn: number) => Span | undefined {
  const overlap = spans.some((span, index) =>
    spans
      .slice(0, index)
      .some((other) => span.first < other.first + other.pages && other.first < span.first + span.pages),
  );
  let last: Span | undefined;
  return (pfn) => {
    if (!overlap && last !== undefined && last.first <= pfn && pfn < last.first + last.pages) return last;
    for (const span of spans) {
      if (span.first > pfn || pfn >= span.first + span.pages) continue;
      last = span;
      return span;
    }
    return undefined;
  };
}

/** No source is planned. */
const NONE = -1;

/** The planned source of every page: a table for each destination, and a map for what lies in none. */
class PlannedSources {
  readonly #tables = new Map<Destination, Float64Array>();
  readonly #strays = new Map<number, number>();
  /** Destination pages that came up more than once. */
  readonly twice: number[] = [];
  readonly #destinationOf: (pfn: number) => Destination | undefined;
  /** How many destination pages have a source. */
  readonly size: number;

  constructor(
    destinations: readonly Destination[],
    destinationOf: (pfn: number) => Destination | undefined,
    copies: CopyRuns,
  ) {
    this.#destinationOf = destinationOf;
    for (const run of copies) this.#add(run);
    this.size = this.#strays.size;
    for (const destination of destinations)
      for (const source of this.#tables.get(destination) ?? []) if (source !== NONE) this.size += 1;
  }

  of(pfn: number): number | undefined {
    const destination = this.#destinationOf(pfn);
    if (destination === undefined) return this.#strays.get(pfn);
    const source = this.#tables.get(destination)?.[pfn - destination.first];
    return source === NONE ? undefined : source;
  }

  each(visit: CopyVisitor): void {
    for (const [{ segment, first }, table] of this.#tables) {
      for (let page = 0; page < table.length; page++) {
        const source = table[page] ?? NONE;
        if (source !== NONE) visit(first + page, source, segment.name);
      }
    }
    for (const [destination, source] of this.#strays) visit(destination, source, 'nobody');
  }

  #add({ source, destination, pages }: CopyRun): void {
    for (let page = 0; page < pages; page++) {
      const owner = this.#destinationOf(destination + page);
      if (this.of(destination + page) !== undefined) this.twice.push(destination + page);
      if (owner === undefined) this.#strays.set(destination + page, source + page);
      else this.#tableOf(owner)[destination + page - owner.first] = source + page;
    }
  }

  #tableOf(owner: Destination): Float64Array {
    const known = this.#tables.get(owner);
    if (known !== undefined) return known;
    const made = new Float64Array(owner.pages).fill(NONE);
    this.#tables.set(owner, made);
    return made;
  }
}

/** The words of a page of the image, 1024 of 32 bits; `undefined` where nothing was loaded. */
export function wordsOf(image: MemoryImage, pfn: number): Uint32Array | undefined {
  const page = image.page(pfn);
  return page && new Uint32Array(page.buffer, page.byteOffset, 1024);
}
