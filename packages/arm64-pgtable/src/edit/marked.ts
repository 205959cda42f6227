import type { PageSpan } from '../page-span.ts';
import { type Shape, spanOf } from '../space.ts';
import { GONE, type Held, type Turn } from './held.ts';
import { LeafCursor } from './held-place.ts';

/** Leaves in columns, one behind the other. */
interface Stretch {
  readonly leaf: LeafCursor;
  readonly first: number;
  end: number;
}

/** What the next barrier acts on. What is held no longer is passed over. */
export class Marked {
  readonly #shape: Shape;
  readonly #alone: Held[] = [];
  readonly #stretches: Stretch[] = [];

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  add(entry: Held): void {
    if (!(entry instanceof LeafCursor)) {
      this.#alone.push(entry);
      return;
    }
    const last = this.#stretches.at(-1);
    const { index } = entry;
    if (last?.leaf.leaves === entry.leaves && last.first <= index && index <= last.end)
      last.end = Math.max(last.end, index + 1);
    else this.#stretches.push({ leaf: entry.again(), first: index, end: index + 1 });
  }

  /** Leaves of one table, from the entry `first` up to `end`. */
  addStretch(leaf: LeafCursor, first: number, end: number): void {
    this.#stretches.push({ leaf: leaf.again(), first, end });
  }

  /**
   * Turns the states of all. Tells what is gone then, of leaves in columns one for those of a table; and before that where
   * states turned.
   */
  turn(turn: Turn, turned: (pages: PageSpan) => void, gone: (entry: Held) => void): void {
    for (const entry of this.#alone) {
      const before = entry.state;
      if (before === GONE) continue;
      entry.state = turn[before] ?? before;
      if (entry.state !== before) turned({ from: entry.page, to: entry.page + spanOf(this.#shape, entry.level) });
      if (entry.state === GONE) gone(entry);
    }
    for (const { leaf, first, end } of this.#stretches) {
      if (!leaf.leaves.turn(first, end, turn)) continue;
      const { base, span } = leaf.place;
      turned({ from: base + first * span, to: base + end * span });
      if (leaf.leaves.count === 0) gone(leaf);
    }
  }
}
