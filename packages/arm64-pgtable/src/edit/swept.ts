import type { PageSpan } from '../page-span.ts';

/** So many pieces are remembered; of more, none. */
const PIECES = 4096;

/** Pages, in ascending pieces that do not touch. */
class Pieces {
  readonly #from: number[] = [];
  readonly #to: number[] = [];

  /** Adds pages, and returns those that were not there. */
  add(from: number, to: number): PageSpan[] {
    const first = firstAbove(this.#to, from - 1);
    const rest: PageSpan[] = [];
    let [next, start, end, at] = [from, from, to, first];
    for (; (this.#from[at] ?? Number.POSITIVE_INFINITY) <= to; at++) {
      const [begins = 0, ends = 0] = [this.#from[at], this.#to[at]];
      if (next < begins) rest.push({ from: next, to: begins });
      next = Math.max(next, ends);
      start = Math.min(start, begins);
      end = Math.max(end, ends);
    }
    if (next < to) rest.push({ from: next, to });
    if (rest.length === 0) return rest;
    this.#from.splice(first, at - first, start);
    this.#to.splice(first, at - first, end);
    if (this.#from.length > PIECES) this.#from.length = this.#to.length = 0;
    return rest;
  }

  remove(from: number, to: number): void {
    const first = firstAbove(this.#to, from);
    let at = first;
    while ((this.#from[at] ?? Number.POSITIVE_INFINITY) < to) at += 1;
    if (at === first) return;
    const [begins = 0, ends = 0] = [this.#from[first], this.#to[at - 1]];
    const left: PageSpan[] = [];
    if (begins < from) left.push({ from: begins, to: from });
    if (to < ends) left.push({ from: to, to: ends });
    this.#from.splice(first, at - first, ...left.map((piece) => piece.from));
    this.#to.splice(first, at - first, ...left.map((piece) => piece.to));
  }
}

/** The index of the first of ascending numbers that is above another. */
function firstAbove(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Where an invalidation finds nothing to do, because one of its kind came through and nothing changed since: however often
 * the same is invalidated, it is looked at once.
 */
export class Swept {
  readonly #kinds = new Map<string, Pieces>();

  /** The pages where an invalidation of a kind must look; from then on those are swept for it. */
  sweep(kind: string, from: number, to: number): readonly PageSpan[] {
    const pieces = this.#kinds.get(kind) ?? new Pieces();
    this.#kinds.set(kind, pieces);
    return pieces.add(from, to);
  }

  /** Something changed there that invalidations may act on. */
  change(from: number, to: number): void {
    for (const pieces of this.#kinds.values()) pieces.remove(from, to);
  }
}
