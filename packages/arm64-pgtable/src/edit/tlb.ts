import type { DescriptorBits } from '../attributes.ts';
import { NOT_GLOBAL } from '../descriptor-bits.ts';
import { pagesPerEntry } from '../granule.ts';
import { addressInSpace, pageInSpace, type Shape, type Space } from '../space.ts';
import type { EditStep, TlbiOperation } from './steps.ts';

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
  /**
   * `unseen`: the store that took its place may not be visible, so that it can be fetched again. `held`: only caches
   * have it. `going`: invalidated, not yet complete. In stage 2 `combined` and `combined-going` are the same for
   * entries that hold both stages at once, after those of stage 2 alone are gone.
   */
  state: 'unseen' | 'held' | 'going' | 'combined' | 'combined-going' | 'gone';
}

/** What a TLBI reaches. */
interface Reach {
  readonly regimes: readonly Space['regime'][];
  readonly by: 'address' | 'everything' | 'combined';
  /** Leaves only. */
  readonly last?: boolean;
  readonly asid?: boolean;
}

const tagged = ['EL1', 'EL2&0'] as const;
const reaches: Record<TlbiOperation, Reach> = {
  vmalle1is: { regimes: [...tagged, 'stage2'], by: 'everything' },
  vae1is: { regimes: tagged, by: 'address', asid: true },
  vale1is: { regimes: tagged, by: 'address', last: true, asid: true },
  vaae1is: { regimes: tagged, by: 'address' },
  vaale1is: { regimes: tagged, by: 'address', last: true },
  alle2is: { regimes: ['EL2', 'EL2&0'], by: 'everything' },
  vae2is: { regimes: ['EL2'], by: 'address' },
  vale2is: { regimes: ['EL2'], by: 'address', last: true },
  ipas2e1is: { regimes: ['stage2'], by: 'address' },
  ipas2le1is: { regimes: ['stage2'], by: 'address', last: true },
  vmalls12e1is: { regimes: ['stage2'], by: 'everything' },
};

/** Whether there is such an instruction. */
export function isTlbiOperation(operation: string): operation is TlbiOperation {
  return Object.hasOwn(reaches, operation);
}

/** Whether an instruction acts on what its register says. */
export function takesOperand(operation: TlbiOperation): boolean {
  return reaches[operation].by === 'address';
}

/** The values that may be held although the tables no longer say them. */
export class HeldEntries {
  readonly #space: Space;
  readonly #shape: Shape;
  readonly #asid: number | undefined;
  /** By the entry that they are of, and by every entry that they are at or below: `level:index`. */
  readonly #exact = new Map<string, Set<Holding>>();
  readonly #within = new Map<string, Set<Holding>>();
  readonly #everything = new Set<Holding>();
  readonly #tables = new Map<number, Set<Holding>>();

  constructor(space: Space, shape: Shape, asid: number | undefined) {
    this.#space = space;
    this.#shape = shape;
    this.#asid = asid;
  }

  all(): Iterable<Holding> {
    return this.#everything;
  }

  add(entry: Holding): void {
    this.#everything.add(entry);
    for (let level = this.#shape.startLevel; level <= entry.level; level++)
      addTo(this.#within, this.#key(level, entry.page), entry);
    addTo(this.#exact, this.#key(entry.level, entry.page), entry);
    if (entry.kind === 'table') addTo(this.#tables, entry.frame, entry);
  }

  /** What is held for any page of an entry: below it, at it, and leaves above it. */
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
  barrier(completes: boolean): void {
    for (const entry of this.#everything) {
      if (entry.state === 'unseen') entry.state = 'held';
      else if (completes && entry.state === 'going') this.#finish(entry);
      else if (completes && entry.state === 'combined-going') this.#drop(entry);
    }
  }

  /** Invalidates. Returns false for an instruction of another regime. */
  invalidate({ operation, operand = 0n }: Extract<EditStep, { kind: 'tlbi' }>): boolean {
    const reach = reaches[operation];
    if (!reach.regimes.includes(this.#space.regime)) return false;
    if (reach.by === 'everything') this.#invalidateAll(operation);
    else this.#invalidateAt(reach, operand);
    return true;
  }

  #invalidateAll(operation: TlbiOperation): void {
    const isStage2 = this.#space.regime === 'stage2';
    for (const entry of this.#everything) {
      // Entries of both stages come back as long as one of stage 2 is held.
      if (isStage2 && operation === 'vmalle1is') {
        if (entry.state === 'combined') entry.state = 'combined-going';
      } else if (entry.state === 'held' || entry.state === 'combined' || entry.state === 'going')
        entry.state = 'combined-going';
    }
  }

  #invalidateAt(reach: Reach, operand: bigint): void {
    const page = this.#pageOf(operand);
    if (page === undefined) return;
    const hint = Number((operand >> 44n) & 15n);
    const level = hint >> 2 === 0 ? undefined : hint & 3;
    const reached = this.overlapping(3, page).filter((entry) => entry.page <= page && page < entry.page + entry.span);
    for (const entry of reached) {
      if (entry.state !== 'held') continue;
      if (reach.asid && (entry.low & NOT_GLOBAL) !== 0 && BigInt(this.#asid ?? -1) !== operand >> 48n) continue;
      if (entry.kind === 'table' ? reach.last || level !== undefined : level !== undefined && level !== entry.level)
        continue;
      // By a table that stays, a walker comes back to the leaf at once.
      const waits = reach.last && entry.above.some(({ state }) => state !== 'gone');
      if (!waits) entry.state = 'going';
    }
  }

  /** The page that an operand names; the bits of the address that it does not hold are those of the space. */
  #pageOf(operand: bigint): number | undefined {
    const isIpa = this.#space.regime === 'stage2';
    const bits = isIpa ? 40n : 44n;
    const address = (operand & ((1n << bits) - 1n)) << 12n;
    const high = (addressInSpace(this.#space, 0) >> (bits + 12n)) << (bits + 12n);
    return pageInSpace(this.#space, address | high);
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

  #key(level: number, page: number): string {
    return `${level}:${Math.floor(page / pagesPerEntry(this.#shape, level))}`;
  }
}

function addTo<Key>(map: Map<Key, Set<Holding>>, key: Key, entry: Holding): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([entry]));
  else set.add(entry);
}

function removeFrom<Key>(map: Map<Key, Set<Holding>>, key: Key, entry: Holding): void {
  const set = map.get(key);
  set?.delete(entry);
  if (set?.size === 0) map.delete(key);
}
