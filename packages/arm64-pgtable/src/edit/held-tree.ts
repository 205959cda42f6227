import type { DescriptorBits } from '../attributes.ts';
import { SOFTWARE, TABLE_LIMITS } from '../descriptor-bits.ts';
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
}

/** Several values that are held for one entry, by what tells them apart. */
type Values = Map<string, Holding>;

/** What is held at the place of one table, by number of the entry; entries of a level are counted through all tables. */
class Place {
  readonly held = new Map<number, Holding | Values>();
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

  /** What is held for the same entry, of the same value as far as TLBs can tell. */
  twin(entry: Holding): Holding | undefined {
    let place: Place | undefined = this.#root;
    for (let above = this.#shape.startLevel; above < entry.level; above++) {
      place = place.below.get(this.#number(above, entry.page));
      if (place === undefined) return undefined;
    }
    const held = place.held.get(this.#number(entry.level, entry.page));
    if (held instanceof Map) return held.get(keyOf(entry));
    return held !== undefined && isSameValue(held, entry) ? held : undefined;
  }

  /** Holds an entry that has no twin. */
  put(entry: Holding): void {
    let place = this.#root;
    for (let above = this.#shape.startLevel; above < entry.level; above++) {
      const number = this.#number(above, entry.page);
      const next = place.below.get(number) ?? new Place();
      place.below.set(number, next);
      place = next;
    }
    const number = this.#number(entry.level, entry.page);
    const held = place.held.get(number);
    if (held === undefined) place.held.set(number, entry);
    else if (held instanceof Map) held.set(keyOf(entry), entry);
    else place.held.set(number, new Map([held, entry].map((each) => [keyOf(each), each])));
  }

  remove(entry: Holding): void {
    this.#removeFrom(this.#root, this.#shape.startLevel, entry);
  }

  visitAll(visit: (entry: Holding) => void): void {
    this.visit(0, this.#shape.inputPages, visit);
  }

  /** Tells what is held for any page in `[from, to)`, what is above before what is below; nothing may be put meanwhile. */
  visit(from: number, to: number, visit: (entry: Holding) => void): void {
    this.find(from, to, (entry) => {
      visit(entry);
      return false;
    });
  }

  /** The first of those for which a test holds. */
  find(from: number, to: number, test: (entry: Holding) => boolean): Holding | undefined {
    return this.#findIn(this.#root, this.#shape.startLevel, from, to, test);
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

  #findIn(
    place: Place,
    level: number,
    from: number,
    to: number,
    test: (entry: Holding) => boolean,
  ): Holding | undefined {
    const [first, last] = [this.#number(level, from), this.#number(level, to - 1)];
    for (const held of within(place.held, first, last)) {
      if (!(held instanceof Map)) {
        if (test(held)) return held;
      } else for (const entry of held.values()) if (test(entry)) return entry;
    }
    for (const below of within(place.below, first, last)) {
      const found = this.#findIn(below, level + 1, from, to, test);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** The bits of a table descriptor that limit what is below it. */
const limitsOf = ({ high }: Holding): number => high & TABLE_LIMITS;

function isSameValue(a: Holding, b: Holding): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'table') return a.frame === b.frame && limitsOf(a) === limitsOf(b);
  return a.low === b.low && ((a.high ^ b.high) & ~SOFTWARE) === 0;
}

const keyOf = (entry: Holding): string =>
  entry.kind === 'table' ? `table ${entry.frame} ${limitsOf(entry)}` : `${entry.low} ${entry.high & ~SOFTWARE}`;

/** Takes one of the values of an entry out. */
function unlink(place: Map<number, Holding | Values>, number: number, entry: Holding): void {
  const held = place.get(number);
  if (held instanceof Map) {
    held.delete(keyOf(entry));
    if (held.size === 0) place.delete(number);
  } else if (held === entry) place.delete(number);
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
