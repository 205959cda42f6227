import type { DescriptorHalves } from '../descriptor.ts';
import { ACCESS, AF, CONTIGUOUS, DIRTY, GUARDED, NOT_GLOBAL, NT, PXN, SOFTWARE, UXN } from '../descriptor-bits.ts';
import { leafBits, sameHalves } from '../descriptor-kind.ts';
import { type Shape, spanOf } from '../space.ts';
import type { EntryValue } from './held.ts';

/** What break-before-make asks: which values of entries a TLB may hold at once. */
export class Clashes {
  readonly #shape: Shape;
  readonly #bbm: number;
  readonly #valueOf: (level: number, page: number, descriptor: DescriptorHalves) => EntryValue | undefined;
  readonly #words: (table: number) => Uint32Array;

  /**
   * @param read what may be held of a descriptor.
   * @param words the tables as they stand.
   */
  constructor(
    shape: Shape,
    bbm: number,
    read: (level: number, page: number, descriptor: DescriptorHalves) => EntryValue | undefined,
    words: (table: number) => Uint32Array,
  ) {
    this.#shape = shape;
    this.#bbm = bbm;
    this.#valueOf = read;
    this.#words = words;
  }

  /** The first page at which what goes, or anything below it, contradicts what comes, or anything below that. */
  ofTrees(gone: EntryValue, coming: EntryValue): number | undefined {
    if (gone.kind === 'leaf') return this.ofTree(gone, coming);
    if (coming.kind === 'leaf') return this.#inTree(gone, coming);
    return gone.frame === coming.frame ? undefined : gone.page;
  }

  /** The first page at which a value contradicts what comes, or anything below that. */
  ofTree(old: EntryValue, coming: EntryValue): number | undefined {
    // What is below a table is found by it.
    if (old.kind === 'table' && old.level < coming.level) return undefined;
    let next: EntryValue | undefined = coming;
    while (next?.kind === 'table' && next.level < old.level) next = this.#below(next, old.page);
    if (next === undefined) return undefined;
    if (old.kind === 'leaf' && next.kind === 'table') return this.#inTree(next, old);
    return this.#mayMeet(old, next) ? undefined : Math.max(old.page, next.page);
  }

  /** The entry of a table that translates a page. */
  #below({ level, page, frame }: EntryValue, at: number): EntryValue | undefined {
    const span = spanOf(this.#shape, level + 1);
    const index = Math.floor((at - page) / span);
    const words = this.#words(frame);
    return this.#valueOf(level + 1, page + index * span, {
      low: words[2 * index] ?? 0,
      high: words[2 * index + 1] ?? 0,
    });
  }

  /** The same for a table in the place of a leaf, or of a part of it: a change of size. */
  #inTree(table: EntryValue, leaf: EntryValue): number | undefined {
    if (!this.#mayMeet(leaf, table)) return Math.max(leaf.page, table.page);
    const span = spanOf(this.#shape, table.level + 1);
    const words = this.#words(table.frame);
    for (let at = 0; at < words.length; at += 2) {
      const page = table.page + (at / 2) * span;
      const next = this.#valueOf(table.level + 1, page, { low: words[at] ?? 0, high: words[at + 1] ?? 0 });
      if (next?.kind === 'leaf' && !this.#mayMeet(leaf, next)) return Math.max(leaf.page, page);
      const found = next?.kind === 'table' ? this.#inTree(next, leaf) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether a TLB may hold both at once. */
  #mayMeet(old: EntryValue, next: EntryValue): boolean {
    if (old.kind === 'table' && next.kind === 'table') return old.level !== next.level || old.frame === next.frame;
    if (old.kind === 'table' || next.kind === 'table') {
      // A table above a leaf is how leaves are found; a table in a leaf's place is a change of size.
      const [table, leaf] = old.kind === 'table' ? [old, next] : [next, old];
      return table.level < leaf.level || this.#mayResize(leaf);
    }
    return old.level === next.level ? this.#mayReplace(old, next) : sameOutput(old, next) && this.#resizes(old, next);
  }

  #resizes(a: EntryValue, b: EntryValue): boolean {
    const same = sameHalves(leafBits(this.#shape, a), leafBits(this.#shape, b));
    return same && this.#mayResize(a.level < b.level ? a : b);
  }

  #mayResize(block: EntryValue): boolean {
    return this.#bbm >= 2 || (this.#bbm === 1 && block.level < 3 && (block.low & NT) !== 0);
  }

  /** Leaves of one size: what they allow may differ, what they are may not (break-before-make). */
  #mayReplace(old: EntryValue, next: EntryValue): boolean {
    if (old.frame !== next.frame) return false;
    const a = leafBits(this.#shape, old);
    const b = leafBits(this.#shape, next);
    if (((old.high ^ next.high) & CONTIGUOUS) !== 0) return this.#bbm >= 2 && sameHalves(a, b);
    if (old.level < 3 && ((old.low ^ next.low) & NT) !== 0 && this.#bbm === 0) return false;
    const low = a.low ^ b.low;
    if ((low & NOT_GLOBAL) !== 0 && (old.low & NOT_GLOBAL) !== 0) return false;
    return (
      (low & ~(ACCESS | AF | NOT_GLOBAL)) === 0 && ((a.high ^ b.high) & ~(GUARDED | DIRTY | PXN | UXN | SOFTWARE)) === 0
    );
  }
}

function sameOutput(a: EntryValue, b: EntryValue): boolean {
  return a.frame - a.page === b.frame - b.page;
}
