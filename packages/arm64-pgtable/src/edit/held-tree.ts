import type { DescriptorBits } from '../attributes.ts';
import { type Shape, spanOf } from '../space.ts';

/** A value that is no longer in the tables, but that a TLB or walk cache may hold. */
export interface Holding extends DescriptorBits {
  readonly kind: 'table' | 'leaf';
  readonly level: number;
  /** Number of the first input page. */
  readonly page: number;
  /** Pages that it covers. */
  readonly span: number;
  /** Number of the output page, or of the page that holds the table. */
  readonly frame: number;
  /** Tables that were reached on the way to it and are held too: walkers may come back by them. */
  readonly above: readonly Holding[];
  /** For a table: global leaves are or were below it, so that it was walked for every address space identifier. */
  isGlobal: boolean;
  /**
   * `unseen`: the store that took its place may not be visible, so that it can be fetched again. `held`: only caches
   * have it. `going`: invalidated, not yet complete. In stage 2 `combined` and `combined-going` are the same for
   * entries that hold both stages at once, after those of stage 2 alone are gone.
   */
  state: 'unseen' | 'held' | 'going' | 'combined' | 'combined-going' | 'gone';
  /**
   * For a leaf that lost its own entry, how many changes of tables there were before: -1 where a table above it changed, so that what
   * is held may be limited in another way.
   */
  since: number;
  /** Another value that is held for the same entry. */
  next: Holding | undefined;
}

/** What is held at the place of one table, by number of the entry; entries of a level are counted through all tables. */
class Place {
  readonly held = new Map<number, Holding>();
  readonly below = new Map<number, Place>();

  get isEmpty(): boolean {
    return this.held.size === 0 && this.below.size === 0;
  }
}

/**
 * What is held, by the places of the entries, as tables are a tree: millions of leaves go through here, and each takes one
 * place in one map.
 */
export class HeldTree {
  readonly #shape: Shape;
  readonly #root = new Place();

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  /** The first of the values that are held for an entry; the others follow by `next`. */
  at(level: number, page: number): Holding | undefined {
    let place: Place | undefined = this.#root;
    for (let above = this.#shape.startLevel; above < level; above++) {
      place = place.below.get(this.#number(above, page));
      if (place === undefined) return undefined;
    }
    return place.held.get(this.#number(level, page));
  }

  put(entry: Holding): void {
    let place = this.#root;
    for (let above = this.#shape.startLevel; above < entry.level; above++) {
      const number = this.#number(above, entry.page);
      const next = place.below.get(number) ?? new Place();
      place.below.set(number, next);
      place = next;
    }
    const number = this.#number(entry.level, entry.page);
    entry.next = place.held.get(number);
    place.held.set(number, entry);
  }

  remove(entry: Holding): void {
    this.#removeFrom(this.#root, this.#shape.startLevel, entry);
  }

  visitAll(visit: (entry: Holding) => void): void {
    this.visit(0, this.#shape.inputPages, visit);
  }

  /** Tells what is held for any page in `[from, to)`, what is above before what is below; nothing may be put meanwhile. */
  visit(from: number, to: number, visit: (entry: Holding) => void): void {
    this.#visitIn(this.#root, this.#shape.startLevel, from, to, visit);
  }

  #number(level: number, page: number): number {
    return Math.floor(page / spanOf(this.#shape, level));
  }

  #removeFrom(place: Place, level: number, entry: Holding): void {
    const number = this.#number(level, entry.page);
    if (level === entry.level) {
      unlink(place.held, number, entry);
      return;
    }
    const below = place.below.get(number);
    if (below === undefined) return;
    this.#removeFrom(below, level + 1, entry);
    if (below.isEmpty) place.below.delete(number);
  }

  #visitIn(place: Place, level: number, from: number, to: number, visit: (entry: Holding) => void): void {
    const [first, last] = [this.#number(level, from), this.#number(level, to - 1)];
    for (const head of within(place.held, first, last))
      for (let entry: Holding | undefined = head; entry !== undefined; entry = entry.next) visit(entry);
    for (const below of within(place.below, first, last)) this.#visitIn(below, level + 1, from, to, visit);
  }
}

/** Takes one of the values of an entry out of its row. */
function unlink(held: Map<number, Holding>, number: number, entry: Holding): void {
  const head = held.get(number);
  if (head === entry) {
    if (entry.next === undefined) held.delete(number);
    else held.set(number, entry.next);
    return;
  }
  for (let at = head; at !== undefined; at = at.next)
    if (at.next === entry) {
      at.next = entry.next;
      return;
    }
}

/** The values of the keys `first` to `last`, with fewer looks than there are keys or values. */
function* within<Value>(map: ReadonlyMap<number, Value>, first: number, last: number): Iterable<Value> {
  if (last - first < map.size)
    for (let number = first; number <= last; number++) {
      const value = map.get(number);
      if (value !== undefined) yield value;
    }
  else for (const [number, value] of map) if (first <= number && number <= last) yield value;
}
