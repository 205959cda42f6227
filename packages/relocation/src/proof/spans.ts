import { PAGE, type PageSpan, pfnOf, wholePages } from '../page.ts';

/** A range of addresses, both ends included. */
interface Addresses {
  readonly start: bigint;
  readonly end: bigint;
}

/** Pages as sorted spans that neither overlap nor touch. Looking a page up takes the logarithm of their number. */
export class SpanSet {
  readonly #first: Float64Array;
  readonly #end: Float64Array;
  /** The span that was found last: pages come in runs. */
  #last = 0;

  /** @param spans in any order; they may overlap, and empty ones are left out. */
  constructor(spans: readonly PageSpan[]) {
    const sorted = spans.filter(({ pages }) => pages > 0).sort((a, b) => a.first - b.first);
    const joined: { first: number; end: number }[] = [];
    for (const { first, pages } of sorted) {
      const last = joined.at(-1);
      if (last !== undefined && first <= last.end) last.end = Math.max(last.end, first + pages);
      else joined.push({ first, end: first + pages });
    }
    this.#first = Float64Array.from(joined, ({ first }) => first);
    this.#end = Float64Array.from(joined, ({ end }) => end);
  }

  /** The pages that lie wholly in the ranges; what two ranges have of one page together does not count. */
  static within(ranges: readonly Addresses[]): SpanSet {
    return new SpanSet(ranges.map(wholePages));
  }

  /** Every page that the ranges touch. */
  static touching(ranges: readonly Addresses[]): SpanSet {
    return new SpanSet(ranges.map(touchedPages));
  }

  /** How many spans it is. */
  get length(): number {
    return this.#first.length;
  }

  /** The pages that are in this set and not in the other. */
  without(other: SpanSet): SpanSet {
    const left: PageSpan[] = [];
    let hole = 0;
    for (let index = 0; index < this.#first.length; index++) {
      const end = this.#end[index] ?? 0;
      let at = this.#first[index] ?? 0;
      while ((other.#end[hole] ?? Number.POSITIVE_INFINITY) <= at) hole += 1;
      for (let next = hole; at < end; next++) {
        const start = other.#first[next] ?? Number.POSITIVE_INFINITY;
        if (start > at) left.push({ first: at, pages: Math.min(start, end) - at });
        at = other.#end[next] ?? end;
      }
    }
    return new SpanSet(left);
  }

  /** The pages of both. */
  with(other: SpanSet): SpanSet {
    return new SpanSet([...this, ...other]);
  }

  has(pfn: number): boolean {
    return this.#find(pfn) >= 0;
  }

  /** Whether it has every page of a span. */
  covers({ first, pages }: PageSpan): boolean {
    if (pages === 0) return true;
    const index = this.#find(first);
    return index >= 0 && first + pages <= (this.#end[index] ?? 0);
  }

  *[Symbol.iterator](): Generator<PageSpan, undefined> {
    for (let index = 0; index < this.#first.length; index++) {
      const first = this.#first[index] ?? 0;
      yield { first, pages: (this.#end[index] ?? 0) - first };
    }
  }

  /** The span that holds a page; -1 for none. */
  #find(pfn: number): number {
    const last = this.#last;
    if ((this.#first[last] ?? Number.POSITIVE_INFINITY) <= pfn && pfn < (this.#end[last] ?? 0)) return last;
    const index = this.#search(pfn);
    if (index === this.#first.length || (this.#first[index] ?? 0) > pfn) return -1;
    this.#last = index;
    return index;
  }

  /** The first span that ends behind a page. */
  #search(pfn: number): number {
    let low = 0;
    let high = this.#first.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#end[middle] ?? 0) <= pfn) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The pages that a range of addresses touches. */
export function touchedPages({ start, end }: Addresses): PageSpan {
  const first = pfnOf(start);
  return { first, pages: end < start ? 0 : pfnOf(end + PAGE) - first };
}
