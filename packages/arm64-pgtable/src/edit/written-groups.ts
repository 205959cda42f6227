import { type DescriptorHalves, outputPage } from '../descriptor.ts';
import { CONTIGUOUS } from '../descriptor-bits.ts';
import { type DescriptorKind, kindOf } from '../descriptor-kind.ts';
import { pagesPerEntry } from '../granule.ts';
import { sameInGroup } from '../group.ts';
import type { Shape, Space } from '../space.ts';
import type { Place } from './places.ts';

/** The tables as they stand. */
interface Tables {
  readonly read: (table: number, index: number) => DescriptorHalves;
  readonly kindOf: (level: number, descriptor: DescriptorHalves) => DescriptorKind;
}

interface Group {
  readonly table: number;
  /** Index of its first entry. */
  readonly first: number;
  readonly place: Place;
}

/** Groups for the contiguous hint that steps write to. On the way members may be missing; at the end none may. */
export class WrittenGroups {
  readonly #space: Space;
  readonly #shape: Shape;
  readonly #bbm: number;
  readonly #tables: Tables;
  /** What to look at when the next DSB comes: `table:first:base`. */
  readonly #written = new Map<string, Group>();
  /** What had only some of its entries at the last DSB that was behind a store to it. */
  readonly #partial = new Map<string, Group>();

  constructor(space: Space, shape: Shape, bbm: number, tables: Tables) {
    this.#space = space;
    this.#shape = shape;
    this.#bbm = bbm;
    this.#tables = tables;
  }

  /** An entry was written. */
  note(table: number, index: number, place: Place): void {
    const size = this.#shape.contiguous[place.level] ?? 1;
    if (size === 1) return;
    const first = index - (index % size);
    this.#written.set(`${table}:${first}:${place.base}`, { table, first, place });
  }

  /** A table was linked: its groups are as if they were written. */
  noteTable(table: number, place: Place, words: Uint32Array): void {
    const size = this.#shape.contiguous[place.level] ?? 1;
    for (let index = 0; size > 1 && index < words.length >> 1; index++) {
      const descriptor = { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
      if (!isHinted(descriptor) || this.#tables.kindOf(place.level, descriptor) !== 'leaf') continue;
      this.note(table, index, place);
      // One is enough of each.
      index += size - 1 - (index % size);
    }
  }

  /** The first pages of groups that are wrong where stores become visible. */
  atBarrier(): number[] {
    const wrong: number[] = [];
    for (const [key, group] of this.#written) {
      const state = this.#stateOf(group);
      if (state === 'wrong') wrong.push(this.#pageOf(group));
      if (state === 'partial') this.#partial.set(key, group);
      else this.#partial.delete(key);
    }
    this.#written.clear();
    return wrong;
  }

  /** The first pages of groups that are wrong, or not whole again. */
  atEnd(): number[] {
    const left = new Map([...this.#written, ...this.#partial]);
    return [...left.values()].filter((group) => this.#stateOf(group) !== 'whole').map((group) => this.#pageOf(group));
  }

  #pageOf({ first, place }: Group): number {
    return place.base + first * pagesPerEntry(this.#shape, place.level);
  }

  /** Whether a group has no hint at all or is what the hint promises; `partial` where only some of its entries are valid. */
  #stateOf({ table, first, place: { level } }: Group): 'whole' | 'partial' | 'wrong' {
    const size = this.#shape.contiguous[level] ?? 1;
    const span = pagesPerEntry(this.#shape, level);
    let [valid, hinted, start, isOne] = [0, 0, 0, true];
    let head: DescriptorHalves | undefined;
    for (let index = 0; index < size; index++) {
      const member = this.#tables.read(table, first + index);
      if (this.#tables.kindOf(level, member) === 'invalid') continue;
      valid += 1;
      if (!isHinted(member) || kindOf(this.#shape, level, member.low) !== 'leaf') continue;
      hinted += 1;
      const output = outputPage(this.#shape, member.low, member.high);
      const from = output - (output % span) - index * span;
      if (head === undefined) [head, start] = [member, from];
      else isOne &&= from === start && sameInGroup(this.#space, this.#shape, member, head);
    }
    if (head === undefined) return 'whole';
    if (hinted < valid && this.#bbm < 2) return 'wrong';
    if (!isOne || start % (span * size) !== 0) return 'wrong';
    return hinted === size ? 'whole' : 'partial';
  }
}

const isHinted = ({ high }: DescriptorHalves): boolean => (high & CONTIGUOUS) !== 0;
