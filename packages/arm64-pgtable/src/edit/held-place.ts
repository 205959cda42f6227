import { outputPage } from '../descriptor.ts';
import { NOT_GLOBAL } from '../descriptor-bits.ts';
import { type Shape, spanOf } from '../space.ts';
import { type EntryValue, GONE, type Held, nameOf, type Origin, UNSEEN } from './held.ts';
import type { HeldLeaves } from './held-leaves.ts';

/** What is held by itself: tables, and what leaves were when another value of theirs is held already. */
export interface Holding extends Held {
  isGlobal: boolean;
}

/** A value that is held from now on. */
export function holdingOf(value: EntryValue, origin: Origin, isGlobal: boolean): Holding {
  // Field by field: copies of objects by `...` take longer than all the rest.
  const { kind, level, page, low, high, frame } = value;
  return { kind, level, page, low, high, frame, origin, isGlobal, state: UNSEEN };
}

/** Several values that are held for one entry, by name. */
type Values = Map<string, Holding>;

/** What is held at the place of one table, by index of the entry. */
export class HeldPlace {
  readonly level: number;
  readonly base: number;
  /** Pages of an entry. */
  readonly span: number;
  readonly entries: number;
  readonly above: HeldPlace | undefined;
  leaves: HeldLeaves | undefined;
  readonly others: Map<number, Holding | Values> = new Map();
  readonly below: Map<number, HeldPlace> = new Map();

  constructor(shape: Shape, level: number, base: number, above: HeldPlace | undefined) {
    this.level = level;
    this.base = base;
    this.span = spanOf(shape, level);
    // Tables that are joined at the root are one place.
    this.entries = above === undefined ? Math.ceil(shape.inputPages / this.span) : shape.entries;
    this.above = above;
  }

  get isEmpty(): boolean {
    return this.leaves === undefined && this.others.size === 0 && this.below.size === 0;
  }

  indexOf(page: number): number {
    return Math.floor((page - this.base) / this.span);
  }

  /** The value among the others of an entry. */
  other(value: EntryValue): Holding | undefined {
    const held = this.others.get(this.indexOf(value.page));
    if (held instanceof Map) return held.get(nameOf(value));
    return held !== undefined && nameOf(held) === nameOf(value) ? held : undefined;
  }

  putOther(holding: Holding): void {
    const index = this.indexOf(holding.page);
    const held = this.others.get(index);
    if (held === undefined) this.others.set(index, holding);
    else if (held instanceof Map) held.set(nameOf(holding), holding);
    else this.others.set(index, new Map([held, holding].map((each) => [nameOf(each), each])));
  }

  removeOther(entry: Held): void {
    const index = this.indexOf(entry.page);
    const held = this.others.get(index);
    if (held instanceof Map) {
      held.delete(nameOf(entry));
      if (held.size === 0) this.others.delete(index);
    } else if (held === entry) this.others.delete(index);
  }
}

/** A look at leaves in columns, one after the other: whoever is shown one does not keep it. */
export class LeafCursor implements Held {
  readonly kind = 'leaf';
  readonly #shape: Shape;
  readonly place: HeldPlace;
  readonly leaves: HeldLeaves;
  index: number;

  constructor(shape: Shape, place: HeldPlace, leaves: HeldLeaves, index = 0) {
    this.#shape = shape;
    this.place = place;
    this.leaves = leaves;
    this.index = index;
  }

  get level(): number {
    return this.place.level;
  }

  get page(): number {
    return this.place.base + this.index * this.place.span;
  }

  get low(): number {
    return this.leaves.low(this.index);
  }

  get high(): number {
    return this.leaves.high(this.index);
  }

  get frame(): number {
    return leafFrame(this.#shape, this.level, this.low, this.high);
  }

  get origin(): Origin {
    return this.leaves.origin(this.index);
  }

  get isGlobal(): boolean {
    return (this.low & NOT_GLOBAL) === 0;
  }

  get state(): number {
    return this.leaves.state(this.index);
  }

  set state(state: number) {
    this.leaves.turnTo(this.index, state);
  }

  /** Gives the leaf another origin. */
  moveTo(origin: Origin): void {
    this.leaves.put(this.index, this.low, this.high, origin, this.state);
  }

  /** Goes from one leaf that is held to the next, of the entries `[first, end)`, up to one for which a test holds. */
  find(first: number, end: number, test: (leaf: LeafCursor) => boolean): boolean {
    for (let index = first; index < end; index++) {
      if (this.leaves.state(index) === GONE) continue;
      this.index = index;
      if (test(this)) return true;
    }
    return false;
  }

  each(first: number, end: number, visit: (leaf: LeafCursor) => void): void {
    this.find(first, end, (leaf) => {
      visit(leaf);
      return false;
    });
  }

  /** A look of its own at the same leaf. */
  again(): LeafCursor {
    return new LeafCursor(this.#shape, this.place, this.leaves, this.index);
  }

  /** The leaf by itself. */
  copy(): Holding {
    const { kind, level, page, low, high, frame, origin, isGlobal, state } = this;
    return { kind, level, page, low, high, frame, origin, isGlobal, state };
  }
}

/** The first output page of a leaf: a block's address has bits below its size that hardware ignores. */
export function leafFrame(shape: Shape, level: number, low: number, high: number): number {
  const frame = outputPage(shape, low, high);
  return frame - (frame % spanOf(shape, level));
}
