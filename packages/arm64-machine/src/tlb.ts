import type { MemoryType } from '@kexeckit/arm64-pgtable';
import type { TranslationState } from './system.ts';
import type { Invalidation, Translation } from './translation.ts';

/** What a TLB holds for one 4 KiB page. */
export interface TlbEntry extends Translation {
  readonly type: MemoryType;
  /** Keys of the descriptors that it came from, the leaf last; none for one that other software left. */
  readonly path: readonly number[];
  /** The address space that it belongs to; `GLOBAL` for all. */
  readonly asid: number;
  /** First virtual page (4 KiB) that the leaf covers, and how many. */
  readonly first: number;
  readonly pages: number;
  /** The count of table writes at which it was last found to say what the tables say. */
  checkedAt: number;
  /** The translation state at that moment. */
  checkedUnder?: TranslationState;
  /** A TLBI came before the store to its descriptor was complete, and so did not drop it for good. */
  outlived?: boolean;
}

/** The address space identifier of entries that belong to all address spaces. */
export const GLOBAL = -1;

/** Whether an invalidation reaches what was cached for some pages of an address space. */
export function reaches(
  what: Invalidation,
  { asid, first, pages }: Pick<TlbEntry, 'asid' | 'first' | 'pages'>,
): boolean {
  if (what.vpn === 'all') return what.asid === undefined || what.asid === asid;
  if (what.vpn < first || what.vpn >= first + pages) return false;
  return what.asid === undefined || asid === GLOBAL || asid === what.asid;
}

/** An eviction chooses among so many of the oldest entries. */
const EVICTION_CHOICES = 64;

/** The TLB of one translation regime: entries stay until they are invalidated or evicted. */
export class Tlb {
  readonly #global = new Map<number, TlbEntry>();
  /** All entries by address space, the global ones too. */
  readonly #spaces = new Map<number, Map<number, TlbEntry>>([[GLOBAL, this.#global]]);

  /** The entry of a page in an address space: a global one, or its own. */
  get(vpn: number, asid: number): TlbEntry | undefined {
    return this.#global.get(vpn) ?? this.#spaces.get(asid)?.get(vpn);
  }

  /** Whether an entry is the one of its page and address space. */
  holds(vpn: number, entry: TlbEntry): boolean {
    return this.#spaces.get(entry.asid)?.get(vpn) === entry;
  }

  set(vpn: number, entry: TlbEntry): void {
    const space = this.#spaces.get(entry.asid);
    if (space === undefined) this.#spaces.set(entry.asid, new Map([[vpn, entry]]));
    else space.set(vpn, entry);
  }

  /** Drops the entry of a page. */
  delete(vpn: number, { asid }: Pick<TlbEntry, 'asid'>): void {
    this.#spaces.get(asid)?.delete(vpn);
  }

  /** Drops what an invalidation reaches, except what outlives it. */
  invalidate(what: Invalidation, outlives: (entry: TlbEntry) => boolean): void {
    for (const space of this.#spaces.values()) {
      for (const [vpn, entry] of space) {
        if (!reaches(what, entry)) continue;
        if (outlives(entry)) entry.outlived = true;
        else space.delete(vpn);
      }
    }
  }

  /** Drops an entry, as hardware may at any time: the `choice`-th, counted round. */
  evict(choice: number): void {
    const { size } = this;
    if (size === 0) return;
    let left = choice % Math.min(size, EVICTION_CHOICES);
    for (const space of this.#spaces.values()) {
      for (const vpn of space.keys()) {
        if (left-- > 0) continue;
        space.delete(vpn);
        return;
      }
    }
  }

  clear(): void {
    for (const space of this.#spaces.values()) space.clear();
  }

  /** Everything, for a snapshot: entries stay the same objects. */
  save(): TlbSnapshot {
    const spaces = [...this.#spaces.values()];
    const entries = spaces.flatMap((space) => [...space.values()]);
    return {
      entries,
      vpns: Float64Array.from(spaces.flatMap((space) => [...space.keys()])),
      checkedAt: Float64Array.from(entries, (entry) => entry.checkedAt),
      checkedUnder: entries.map((entry) => entry.checkedUnder),
      outlived: new Set(entries.filter((entry) => entry.outlived)),
    };
  }

  restore({ entries, vpns, checkedAt, checkedUnder, outlived }: TlbSnapshot): void {
    this.clear();
    for (const [at, entry] of entries.entries()) {
      entry.checkedAt = checkedAt[at] ?? -1;
      const under = checkedUnder[at];
      if (under === undefined) delete entry.checkedUnder;
      else entry.checkedUnder = under;
      entry.outlived = outlived.has(entry);
      this.set(vpns[at] ?? 0, entry);
    }
  }

  /** How many entries it holds. */
  get size(): number {
    let size = 0;
    for (const space of this.#spaces.values()) size += space.size;
    return size;
  }

  /** Each entry with its virtual page number, the global ones first, in the order in which they came. */
  *[Symbol.iterator](): Generator<readonly [vpn: number, entry: TlbEntry]> {
    for (const space of this.#spaces.values()) yield* space;
  }
}

/** A TLB to look at. */
export interface ReadonlyTlb extends Iterable<readonly [vpn: number, entry: Readonly<TlbEntry>]> {
  readonly size: number;
}

/** What a snapshot keeps of a TLB. */
export interface TlbSnapshot {
  readonly entries: readonly TlbEntry[];
  /** The virtual page number of each, and what of it may change. */
  readonly vpns: Float64Array;
  readonly checkedAt: Float64Array;
  readonly checkedUnder: readonly (TranslationState | undefined)[];
  readonly outlived: ReadonlySet<TlbEntry>;
}
