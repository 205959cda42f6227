import type { Holding } from './held-tree.ts';

/**
 * Entries by what they overlap. Entries nest: of two that overlap the one of the higher level number lies within the other.
 * Of a table that is asked about only what is at it or above it is told: what is below a table is found by it.
 */
export class Overlaps {
  readonly #byPage: readonly Holding[];
  readonly #byLevel = new Map<number, Map<number, Holding>>();

  constructor(entries: readonly Holding[]) {
    this.#byPage = entries.toSorted((a, b) => a.page - b.page);
    for (const entry of entries) {
      const known = this.#byLevel.get(entry.level);
      if (known === undefined) this.#byLevel.set(entry.level, new Map([[entry.page, entry]]));
      else known.set(entry.page, entry);
    }
  }

  *of({ kind, level, page, span }: Holding): Iterable<Holding> {
    for (const [above, entries] of this.#byLevel) {
      if (above > level || (above === level && kind === 'leaf')) continue;
      for (const other of this.#holding(entries, page)) yield other;
    }
    if (kind === 'table') return;
    for (let at = this.#firstFrom(page); at < this.#byPage.length; at++) {
      const other = this.#byPage[at];
      if (other === undefined || other.page >= page + span) return;
      if (other.level >= level) yield other;
    }
  }

  /** The entry of one level that holds a page: all of a level have one span. */
  *#holding(entries: ReadonlyMap<number, Holding>, page: number): Iterable<Holding> {
    for (const { span } of entries.values()) {
      const found = entries.get(page - (page % span));
      if (found !== undefined) yield found;
      return;
    }
  }

  #firstFrom(page: number): number {
    let low = 0;
    let high = this.#byPage.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#byPage[middle]?.page ?? 0) < page) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
