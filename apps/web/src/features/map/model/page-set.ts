/**
 * Pages as runs in ascending order, none twice, in typed arrays that a worker can hand over. How many lie in a window is told by
 * sums up to each run and a binary search, so a picture takes time in proportion to its width, not to the pages.
 */
export interface PageSet {
  /** Page frame number of the first page of each run. */
  readonly first: Float64Array<ArrayBuffer>;
  /** Pages of each run. */
  readonly pages: Float64Array<ArrayBuffer>;
  /** Pages of all runs before each; one more entry than there are runs, the last one is the total. */
  readonly before: Float64Array<ArrayBuffer>;
  /** Where the first page of each run is copied to, or from; as long as `first`, or empty where nothing is copied. */
  readonly other: Float64Array<ArrayBuffer>;
}

/** One run of pages, and what the pages are copied to or from. */
export interface PageRun {
  readonly first: number;
  readonly pages: number;
  readonly other: number | undefined;
}

/** No pages. */
export const noPages: PageSet = pageSetOf(new Float64Array(), new Float64Array());

/**
 * A set from runs in any order; of what two runs share the first one keeps it. Linear in the runs.
 *
 * @param other where each run's first page is copied to, or from; left out where nothing is copied.
 */
export function pageSetOf(first: Float64Array, pages: Float64Array, other?: Float64Array): PageSet {
  const order = ascending(first);
  const set = {
    first: new Float64Array(first.length),
    pages: new Float64Array(first.length),
    before: new Float64Array(first.length + 1),
    other: new Float64Array(other === undefined ? 0 : first.length),
  };
  let runs = 0;
  let end = 0;
  let total = 0;
  for (const at of order) {
    const from = first[at] ?? 0;
    const to = from + (pages[at] ?? 0);
    const begin = Math.max(from, end);
    if (begin >= to) continue;
    set.first[runs] = begin;
    set.pages[runs] = to - begin;
    if (other !== undefined) set.other[runs] = (other[at] ?? 0) + begin - from;
    total += to - begin;
    runs += 1;
    set.before[runs] = total;
    end = to;
  }
  return {
    first: set.first.slice(0, runs),
    pages: set.pages.slice(0, runs),
    before: set.before.slice(0, runs + 1),
    other: set.other.slice(0, other === undefined ? 0 : runs),
  };
}

const BITS = 11;
const DIGITS = 2 ** BITS;

/** The order in which page frame numbers ascend, equal ones as they come: a radix sort. */
function ascending(keys: Float64Array): Uint32Array {
  const order = new Uint32Array(keys.length);
  // What lies below and above 32 bits is sorted by whole numbers, one half after the other.
  const low = new Uint32Array(keys.length);
  const high = new Uint32Array(keys.length);
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? 0;
    order[at] = at;
    low[at] = key >>> 0;
    high[at] = key / 2 ** 32;
  }
  return isAscending(keys) ? order : sortedBy(high, sortedBy(low, order));
}

/** An order, sorted by digits of keys from the lowest one to the highest. */
function sortedBy(keys: Uint32Array, given: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  let order = given;
  let next = new Uint32Array(order.length);
  let most = 0;
  for (const key of keys) most |= key;
  const places = new Uint32Array(DIGITS + 1);
  for (let shift = 0; shift < 32 && most >>> shift > 0; shift += BITS) {
    places.fill(0);
    for (const key of keys) {
      const digit = ((key >>> shift) & (DIGITS - 1)) + 1;
      places[digit] = (places[digit] ?? 0) + 1;
    }
    for (let digit = 0; digit < DIGITS; digit++) places[digit + 1] = (places[digit + 1] ?? 0) + (places[digit] ?? 0);
    for (let from = 0; from < order.length; from++) {
      const at = order[from] ?? 0;
      const digit = ((keys[at] ?? 0) >>> shift) & (DIGITS - 1);
      const place = places[digit] ?? 0;
      next[place] = at;
      places[digit] = place + 1;
    }
    [order, next] = [next, order];
  }
  return order;
}

function isAscending(keys: Float64Array): boolean {
  for (let at = 1; at < keys.length; at++) if ((keys[at] ?? 0) < (keys[at - 1] ?? 0)) return false;
  return true;
}

/** How many runs there are. */
export const runsIn = (set: PageSet): number => set.first.length;

/** How many pages there are. */
export const pagesIn = (set: PageSet): number => set.before[runsIn(set)] ?? 0;

/** One run by its number. */
export function runOf(set: PageSet, index: number): PageRun | undefined {
  const first = set.first[index];
  const pages = set.pages[index];
  if (first === undefined || pages === undefined) return undefined;
  return { first, pages, other: set.other[index] };
}

/** The number of the first run that begins above a page frame number; `from` where the search may begin. */
export function runAbove(set: PageSet, pfn: number, from = 0): number {
  let low = from;
  let high = runsIn(set);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((set.first[middle] ?? 0) > pfn) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The run that holds a page. */
export function runWith(set: PageSet, pfn: number): PageRun | undefined {
  const run = runOf(set, runAbove(set, pfn) - 1);
  return run !== undefined && pfn < run.first + run.pages ? run : undefined;
}

/** Pages below a page frame number; `above` is the first run that begins above it. */
function rank(set: PageSet, pfn: number, above: number): number {
  const last = above - 1;
  if (last < 0) return 0;
  return (set.before[last] ?? 0) + Math.min(set.pages[last] ?? 0, Math.max(0, pfn - (set.first[last] ?? 0)));
}

/** How many pages have a page frame number from `from` up to but not including `to`: whole numbers. */
export function countPages(set: PageSet, from: number, to: number): number {
  if (to <= from) return 0;
  return rank(set, to, runAbove(set, to)) - rank(set, from, runAbove(set, from));
}

/**
 * How many pages lie between each two neighbours of `edges`, which ascend: page `n` lies where `n` does. Takes a binary search for each
 * edge.
 */
export function countBetween(set: PageSet, edges: Float64Array, counts: Float64Array): void {
  let above = 0;
  let below = 0;
  for (let at = 0; at < edges.length; at++) {
    const edge = Math.ceil(edges[at] ?? 0);
    above = runAbove(set, edge, above);
    const ranked = rank(set, edge, above);
    if (at > 0) counts[at - 1] = ranked - below;
    below = ranked;
  }
}
