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
  readonly #alone: Held[] = [];
  readonly #stretches: Stretch[] = [];

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

  /** All leaves of the table that one is of. */
  addAll(leaf: LeafCursor): void {
    this.#stretches.push({ leaf, first: 0, end: leaf.leaves.entries });
  }

  /** Turns the states of all, and tells what is gone then: of leaves in columns one for those of a table. */
  turn(turn: Turn, gone: (entry: Held) => void): void {
    for (const entry of this.#alone) {
      const before = entry.state;
      if (before === GONE) continue;
      entry.state = turn[before] ?? before;
      if (entry.state === GONE) gone(entry);
    }
    for (const { leaf, first, end } of this.#stretches)
      if (leaf.leaves.turn(first, end, turn) && leaf.leaves.count === 0) gone(leaf);
  }
}
