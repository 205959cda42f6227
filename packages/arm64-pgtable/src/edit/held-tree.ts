import type { Shape } from '../space.ts';
import { type EntryValue, GONE, type Held, isSameLeaf, type Turn } from './held.ts';
import { HeldLeaves } from './held-leaves.ts';
import { HeldPlace, type Holding, LeafCursor } from './held-place.ts';

/**
 * What is held, by the places of the entries, as tables are a tree. Leaves stand in columns, a table of them together: millions go
 * through here.
 */
export class HeldTree {
  readonly #shape: Shape;
  readonly #root: HeldPlace;

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#root = new HeldPlace(shape, shape.startLevel, 0, undefined);
  }

  /** What is held for the same entry, of the same value as far as TLBs can tell. */
  twin(value: EntryValue): Held | undefined {
    const place = this.#knownAt(value.level, value.page);
    if (place === undefined) return undefined;
    const leaf = value.kind === 'leaf' ? this.#leafIn(place, place.indexOf(value.page)) : undefined;
    return leaf !== undefined && isSameLeaf(leaf, value) ? leaf : place.other(value);
  }

  /** The leaf that is held of an entry in columns. */
  leafAt(level: number, page: number): LeafCursor | undefined {
    const place = this.#knownAt(level, page);
    return place && this.#leafIn(place, place.indexOf(page));
  }

  /** Holds a table that has no twin. */
  putTable(entry: Holding): void {
    this.#placeAt(entry.level, entry.page).putOther(entry);
  }

  /**
   * Holds a leaf that has no twin but in columns, there if its entry has no other value there.
   *
   * @param words what the leaf's table held at first.
   */
  putLeaf(entry: Holding, words: () => Uint32Array): Held {
    const place = this.#placeAt(entry.level, entry.page);
    const index = place.indexOf(entry.page);
    const leaf = this.#leafIn(place, index);
    if (leaf !== undefined && !isSameLeaf(leaf, entry)) {
      place.putOther(entry);
      return entry;
    }
    place.leaves ??= new HeldLeaves(place.entries, words(), entry.origin);
    place.leaves.put(index, entry.low, entry.high, entry.origin, entry.state);
    return new LeafCursor(this.#shape, place, place.leaves, index);
  }

  /**
   * Holds the leaves of a table, instead of what has the same value. Other values that were in columns are held by themselves
   * from then on, and told.
   *
   * @param base the first page that the table translates.
   */
  putAll(level: number, base: number, leaves: HeldLeaves, moved: (entry: Holding) => void): LeafCursor {
    const place = this.#placeAt(level, base);
    const now = new LeafCursor(this.#shape, place, leaves);
    if (place.others.size > 0)
      now.each(0, place.entries, () => {
        const twin = place.other(now);
        if (twin === undefined) return;
        twin.state = GONE;
        place.removeOther(twin);
      });
    const before = place.leaves;
    place.leaves = leaves;
    if (before === undefined) return now;
    const old = new LeafCursor(this.#shape, place, before);
    old.each(0, place.entries, () => {
      now.index = old.index;
      if (now.state === GONE || !isSameLeaf(old, now)) {
        const entry = old.copy();
        place.putOther(entry);
        moved(entry);
      }
      old.state = GONE;
    });
    return now;
  }

  /** Takes out what is gone. */
  remove(entry: Held): void {
    const place = entry instanceof LeafCursor ? entry.place : this.#placeAt(entry.level, entry.page);
    if (!(entry instanceof LeafCursor)) place.removeOther(entry);
    else if (place.leaves?.count === 0) place.leaves = undefined;
    prune(place);
  }

  /** Turns the states of all, and tells what is another then: of leaves in columns one for those of a table. */
  turn(turn: Turn, turned: (entry: Held) => void): void {
    this.#turnIn(this.#root, turn, turned);
  }

  visitAll(visit: (entry: Held) => void): void {
    this.visit(0, this.#shape.inputPages, visit);
  }

  /** Tells what is held for any page in `[from, to)`, what is above before what is below; nothing may be put meanwhile. */
  visit(from: number, to: number, visit: (entry: Held) => void): void {
    this.find(from, to, (entry) => {
      visit(entry);
      return false;
    });
  }

  /** Whether a test holds for one of those; it is the last that is told. */
  find(from: number, to: number, test: (entry: Held) => boolean): boolean {
    return this.#findIn(this.#root, from, to, test);
  }

  #leafIn(place: HeldPlace, index: number): LeafCursor | undefined {
    const { leaves } = place;
    if (leaves === undefined || leaves.state(index) === GONE) return undefined;
    return new LeafCursor(this.#shape, place, leaves, index);
  }

  #knownAt(level: number, page: number): HeldPlace | undefined {
    let place: HeldPlace | undefined = this.#root;
    while (place !== undefined && place.level < level) place = place.below.get(place.indexOf(page));
    return place;
  }

  #placeAt(level: number, page: number): HeldPlace {
    let place = this.#root;
    while (place.level < level) {
      const index = place.indexOf(page);
      let next = place.below.get(index);
      if (next === undefined) {
        next = new HeldPlace(this.#shape, place.level + 1, place.base + index * place.span, place);
        place.below.set(index, next);
      }
      place = next;
    }
    return place;
  }

  #turnIn(place: HeldPlace, turn: Turn, turned: (entry: Held) => void): void {
    const { leaves } = place;
    if (leaves?.turn(0, leaves.entries, turn)) turned(new LeafCursor(this.#shape, place, leaves));
    for (const held of place.others.values())
      for (const entry of held instanceof Map ? held.values() : [held]) {
        const before = entry.state;
        entry.state = turn[before] ?? before;
        if (entry.state !== before) turned(entry);
      }
    for (const below of place.below.values()) this.#turnIn(below, turn, turned);
  }

  #findIn(place: HeldPlace, from: number, to: number, test: (entry: Held) => boolean): boolean {
    const first = Math.max(place.indexOf(from), 0);
    const last = Math.min(place.indexOf(to - 1), place.entries - 1);
    if (place.leaves !== undefined) {
      const leaf = new LeafCursor(this.#shape, place, place.leaves);
      if (leaf.find(first, last + 1, test)) return true;
    }
    for (const held of within(place.others, first, last)) {
      if (!(held instanceof Map)) {
        if (test(held)) return true;
      } else for (const entry of held.values()) if (test(entry)) return true;
    }
    for (const below of within(place.below, first, last)) if (this.#findIn(below, from, to, test)) return true;
    return false;
  }
}

/** Takes out places where nothing is held. */
function prune(from: HeldPlace): void {
  for (let place = from; place.isEmpty && place.above !== undefined; place = place.above)
    place.above.below.delete(place.above.indexOf(place.base));
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
