import type { DescriptorBits } from '../attributes.ts';
import { NOT_GLOBAL } from '../descriptor-bits.ts';
import type { Shape, Space } from '../space.ts';
import { spanOf } from '../space.ts';
import type { DsbDomain, EditStep } from './steps.ts';
import { type Reach, reachOf, type Target, targetOf } from './tlbi-reach.ts';

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
}

/** Which domains reach the CPUs that walk the tables, and whether a barrier for them waits for invalidations. */
const completes: Readonly<Record<DsbDomain, boolean | undefined>> = {
  sy: true,
  osh: true,
  ish: true,
  st: false,
  oshst: false,
  ishst: false,
  nsh: undefined,
  nshst: undefined,
};

/** Whether a DSB makes stores visible to all who walk the tables. */
export function isShared(domain: DsbDomain): boolean {
  return completes[domain] !== undefined;
}

/** The values that may be held although the tables no longer say them. */
export class HeldEntries {
  readonly #space: Space;
  readonly #shape: Shape;
  readonly #asid: number | undefined;
  /** By the entry that they are of, and by every entry that they are at or below: see `#key`. */
  readonly #exact = new Map<number, Set<Holding>>();
  readonly #within = new Map<number, Set<Holding>>();
  readonly #everything = new Set<Holding>();
  readonly #tables = new Map<number, Set<Holding>>();
  /** What the next barriers act on. */
  #unseen: Holding[] = [];
  #going: Holding[] = [];

  constructor(space: Space, shape: Shape, asid: number | undefined) {
    this.#space = space;
    this.#shape = shape;
    this.#asid = asid;
  }

  all(): Iterable<Holding> {
    return this.#everything;
  }

  /** Holds a value from now on; the same value that was held before is held anew. */
  add(entry: Holding): void {
    for (const twin of this.#exact.get(this.#key(entry.level, entry.page)) ?? [])
      if (twin.kind === entry.kind && twin.low === entry.low && twin.high === entry.high) {
        entry.isGlobal ||= twin.isGlobal;
        this.#drop(twin);
      }
    this.#everything.add(entry);
    this.#unseen.push(entry);
    for (let level = this.#shape.startLevel; level <= entry.level; level++)
      addTo(this.#within, this.#key(level, entry.page), entry);
    addTo(this.#exact, this.#key(entry.level, entry.page), entry);
    if (entry.kind === 'table') addTo(this.#tables, entry.frame, entry);
  }

  /** What is held for any page of an entry: below it, at it, and above it. */
  overlapping(level: number, page: number): Holding[] {
    const found = [...(this.#within.get(this.#key(level, page)) ?? [])];
    for (let above = this.#shape.startLevel; above < level; above++)
      found.push(...(this.#exact.get(this.#key(above, page)) ?? []));
    return found;
  }

  /** The first input page under a held descriptor that leads to a table, if there is one. */
  tableAt(table: number): number | undefined {
    for (const { page } of this.#tables.get(table) ?? []) return page;
    return undefined;
  }

  /** A DSB: stores before it are visible; if it waits for more than stores, invalidations are complete. */
  barrier(domain: DsbDomain): void {
    if (!isShared(domain)) return;
    for (const entry of this.#unseen) if (entry.state === 'unseen') entry.state = 'held';
    this.#unseen = [];
    if (completes[domain] !== true) return;
    const going = this.#going;
    this.#going = [];
    for (const entry of going)
      if (entry.state === 'going') this.#finish(entry);
      else if (entry.state === 'combined-going') this.#drop(entry);
  }

  /** Invalidates. Returns false for an instruction of another regime. */
  invalidate({ operation, operand = 0n }: Extract<EditStep, { kind: 'tlbi' }>): boolean {
    const reach = reachOf(this.#space, operation);
    if (reach === undefined) return false;
    if (reach.by === 'everything') this.#invalidateAll(operation === 'vmalle1is');
    else if (reach.by === 'asid') this.#invalidateAsid(reach, operand);
    else this.#invalidateAt(reach, operand);
    return true;
  }

  #invalidateAll(isStage1: boolean): void {
    const isStage2 = this.#space.regime === 'stage2';
    for (const entry of this.#everything) {
      const { state } = entry;
      // Entries of both stages come back as long as one of stage 2 is held.
      if (isStage2 && isStage1 ? state === 'combined' : state === 'held' || state === 'combined' || state === 'going')
        this.#go(entry, 'combined-going');
    }
  }

  #invalidateAsid(reach: Reach, operand: bigint): void {
    for (const entry of this.#everything)
      if (entry.state === 'held' && this.#isOf(reach, operand, entry) && !isGlobalLeaf(entry)) this.#go(entry, 'going');
  }

  #invalidateAt(reach: Reach, operand: bigint): void {
    const target = targetOf(this.#space, this.#shape, reach, operand);
    if (target === undefined) return;
    for (const entry of this.#near(target)) {
      const { kind, state, page, span } = entry;
      if (state !== 'held' || page >= target.to || page + span <= target.from) continue;
      if (!this.#isOf(reach, operand, entry)) continue;
      const { level } = target;
      if (kind === 'table' ? reach.last || level !== undefined : level !== undefined && level !== entry.level) continue;
      // By a table that stays, a walker comes back to the leaf at once.
      const waits = reach.last && entry.above.some((table) => table.state !== 'gone');
      if (!waits) this.#go(entry, 'going');
    }
  }

  /** Whether an instruction with an identifier reaches an entry; one without reaches all. */
  #isOf({ asidIn }: Reach, operand: bigint, { kind, low, isGlobal }: Holding): boolean {
    if (!asidIn?.includes(this.#space.regime)) return true;
    const isOurs = this.#asid !== undefined && BigInt(this.#asid) === operand >> 48n;
    return kind === 'table' ? isOurs && !isGlobal : isOurs || (low & NOT_GLOBAL) === 0;
  }

  /** What may be held for some pages, and perhaps more. */
  *#near({ from, to }: Target): Iterable<Holding> {
    if (to - from === 1) yield* this.overlapping(3, from);
    else yield* this.#everything;
  }

  #go(entry: Holding, state: 'going' | 'combined-going'): void {
    entry.state = state;
    this.#going.push(entry);
  }

  #finish(entry: Holding): void {
    if (this.#space.regime === 'stage2') entry.state = 'combined';
    else this.#drop(entry);
  }

  #drop(entry: Holding): void {
    entry.state = 'gone';
    this.#everything.delete(entry);
    for (let level = this.#shape.startLevel; level <= entry.level; level++)
      removeFrom(this.#within, this.#key(level, entry.page), entry);
    removeFrom(this.#exact, this.#key(entry.level, entry.page), entry);
    if (entry.kind === 'table') removeFrom(this.#tables, entry.frame, entry);
  }

  /** One number for an entry of a level. */
  #key(level: number, page: number): number {
    return Math.floor(page / spanOf(this.#shape, level)) * 8 + level + 1;
  }
}

const isGlobalLeaf = ({ kind, low }: Holding): boolean => kind === 'leaf' && (low & NOT_GLOBAL) === 0;

function addTo(map: Map<number, Set<Holding>>, key: number, entry: Holding): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([entry]));
  else set.add(entry);
}

function removeFrom(map: Map<number, Set<Holding>>, key: number, entry: Holding): void {
  const set = map.get(key);
  set?.delete(entry);
  if (set?.size === 0) map.delete(key);
}
