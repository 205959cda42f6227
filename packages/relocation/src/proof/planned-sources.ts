import type { CopyRun, CopyRuns } from '../copy-runs.ts';
import type { PageSpan } from '../page.ts';
import type { PlannedSegment } from '../stage.ts';

/** A segment's destination in pages. */
export interface Destination extends PageSpan {
  readonly segment: PlannedSegment;
}

/** Takes one planned copy; `name` is that of the segment it is for. */
export type CopyVisitor = (destination: number, source: number, name: string) => void;

/** In place of a source where none is planned. A run of them is a run: with any distance added it stays what it is. */
export const NO_SOURCE: number = Number.NEGATIVE_INFINITY;

/** The planned source of every page: a table for each destination, and a map for what lies in none. */
export class PlannedSources {
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
      for (const source of this.#tables.get(destination) ?? []) if (source !== NO_SOURCE) this.size += 1;
  }

  /** Destination pages that lie in no segment. */
  get strays(): number[] {
    return [...this.#strays.keys()];
  }

  /** The source of a page; where several are planned, the last. */
  of(pfn: number): number | undefined {
    const destination = this.#destinationOf(pfn);
    if (destination === undefined) return this.#strays.get(pfn);
    const source = this.#tables.get(destination)?.[pfn - destination.first];
    return source === NO_SOURCE ? undefined : source;
  }

  /** The source of each page of a destination, or `NO_SOURCE`. */
  tableOf(destination: Destination): Float64Array {
    const known = this.#tables.get(destination);
    if (known !== undefined) return known;
    const made = new Float64Array(destination.pages).fill(NO_SOURCE);
    this.#tables.set(destination, made);
    return made;
  }

  /** Goes through the planned copies, one for each destination page. */
  each(visit: CopyVisitor): void {
    for (const [{ segment, first }, table] of this.#tables) {
      for (let page = 0; page < table.length; page++) {
        const source = table[page] ?? NO_SOURCE;
        if (source !== NO_SOURCE) visit(first + page, source, segment.name);
      }
    }
    for (const [destination, source] of this.#strays) visit(destination, source, 'nobody');
  }

  #add({ source, destination, pages }: CopyRun): void {
    for (let page = 0; page < pages; page++) {
      const owner = this.#destinationOf(destination + page);
      if (this.of(destination + page) !== undefined) this.twice.push(destination + page);
      if (owner === undefined) this.#strays.set(destination + page, source + page);
      else this.tableOf(owner)[destination + page - owner.first] = source + page;
    }
  }
}
