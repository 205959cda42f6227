import type { MemoryType } from '@kexeckit/arm64-pgtable';
import { KeptMap, type MapPoint } from './kept-map.ts';
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
  readonly #global = new KeptMap<number, TlbEntry>();
  /** All entries by address space, the global ones too. */
  readonly #spaces = new Map<number, KeptMap<number, TlbEntry>>([[GLOBAL, this.#global]]);
  /** What of entries may change, as it was at the last point. */
  #notes = new Map<number, Notes>();
  /** Whether any of that has changed since. */
  #isNoted = false;

  /** The entry of a page in an address space: a global one, or its own. */
  get(vpn: number, asid: number): TlbEntry | undefined {
    return this.#global.get(vpn) ?? this.#spaces.get(asid)?.get(vpn);
  }

  /** Whether an entry is the one of its page and address space. */
  holds(vpn: number, entry: TlbEntry): boolean {
    return this.#spaces.get(entry.asid)?.get(vpn) === entry;
  }

  set(vpn: number, entry: TlbEntry): void {
    this.#space(entry.asid).set(vpn, entry);
  }

  #space(asid: number): KeptMap<number, TlbEntry> {
    const held = this.#spaces.get(asid);
    if (held !== undefined) return held;
    const made = new KeptMap<number, TlbEntry>();
    this.#spaces.set(asid, made);
    return made;
  }

  /** An entry was found to say what the tables say. */
  checked(entry: TlbEntry, at: number, under: TranslationState): void {
    entry.checkedAt = at;
    entry.checkedUnder = under;
    this.#isNoted = true;
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
        if (outlives(entry)) {
          entry.outlived = true;
          this.#isNoted = true;
        } else space.delete(vpn);
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
    const before = this.#isNoted ? undefined : this.#notes;
    this.#notes = new Map();
    const spaces = [...this.#spaces].map(([asid, space]) => {
      const point = space.save();
      const notes = notesOf(point, before?.get(asid));
      this.#notes.set(asid, notes);
      return { asid, point, notes };
    });
    this.#isNoted = false;
    return spaces;
  }

  restore(saved: TlbSnapshot): void {
    const before = this.#isNoted ? undefined : this.#notes;
    const asids = new Set(saved.map(({ asid }) => asid));
    for (const [asid, space] of this.#spaces) if (!asids.has(asid)) space.clear();
    this.#notes = new Map();
    for (const { asid, point, notes } of saved) {
      this.#space(asid).restore(point);
      if (before?.get(asid) !== notes) applyNotes(point, notes);
      this.#notes.set(asid, notes);
    }
    this.#isNoted = false;
  }

  /** How many entries it holds. */
  get size(): number {
    let size = 0;
    for (const space of this.#spaces.values()) size += space.size;
    return size;
  }

  /** Visits each entry in the order of the iterator, in less time. */
  forEach(visit: (entry: Readonly<TlbEntry>, vpn: number) => void): void {
    for (const space of this.#spaces.values()) space.forEach(visit);
  }

  /** Each entry with its virtual page number, the global ones first, in the order in which they came. */
  *[Symbol.iterator](): Generator<readonly [vpn: number, entry: TlbEntry]> {
    for (const space of this.#spaces.values()) yield* space;
  }
}

/** A TLB to look at. */
export interface ReadonlyTlb extends Iterable<readonly [vpn: number, entry: Readonly<TlbEntry>]> {
  readonly size: number;
  forEach(visit: (entry: Readonly<TlbEntry>, vpn: number) => void): void;
}

/** What a snapshot keeps of a TLB, by address space. */
export type TlbSnapshot = readonly {
  readonly asid: number;
  readonly point: MapPoint<number, TlbEntry>;
  readonly notes: Notes;
}[];

/** What of the entries of a list may change, as it was; more may be appended, as to the list. */
interface Notes {
  readonly of: MapPoint<number, TlbEntry>['listed'];
  readonly checkedAt: number[];
  readonly checkedUnder: (TranslationState | undefined)[];
  readonly outlived: boolean[];
}

/** What may change, of all entries up to a point; only of those that have come where `before` is of the same list. */
function notesOf({ listed, count }: MapPoint<number, TlbEntry>, before: Notes | undefined): Notes {
  const notes = before?.of === listed ? before : { of: listed, checkedAt: [], checkedUnder: [], outlived: [] };
  for (const [, entry] of listed.slice(notes.checkedAt.length, count)) {
    notes.checkedAt.push(entry.checkedAt);
    notes.checkedUnder.push(entry.checkedUnder);
    notes.outlived.push(entry.outlived === true);
  }
  return notes;
}

function applyNotes({ listed, count }: MapPoint<number, TlbEntry>, notes: Notes): void {
  for (const [at, [, entry]] of listed.slice(0, count).entries()) {
    entry.checkedAt = notes.checkedAt[at] ?? -1;
    const under = notes.checkedUnder[at];
    if (under === undefined) delete entry.checkedUnder;
    else entry.checkedUnder = under;
    entry.outlived = notes.outlived[at] === true;
  }
}
