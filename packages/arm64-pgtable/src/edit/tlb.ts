import { NOT_GLOBAL } from '../descriptor-bits.ts';
import type { Shape, Space } from '../space.ts';
import { spanOf } from '../space.ts';
import { HeldTree, type Holding } from './held-tree.ts';
import type { DsbDomain, EditStep } from './steps.ts';
import { type Reach, reachOf, targetOf } from './tlbi-reach.ts';

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

/** Whether a DSB waits for invalidations, too. */
export function completesTlbi(domain: DsbDomain): boolean {
  return completes[domain] === true;
}

/** The values that may be held although the tables no longer say them. */
export class HeldEntries {
  readonly #space: Space;
  readonly #shape: Shape;
  readonly #asid: number | undefined;
  readonly #tree: HeldTree;
  readonly #tables = new Map<number, Set<Holding>>();
  /** What the next barriers act on. */
  #unseen: Holding[] = [];
  #going: Holding[] = [];

  constructor(space: Space, shape: Shape, asid: number | undefined) {
    this.#space = space;
    this.#shape = shape;
    this.#asid = asid;
    this.#tree = new HeldTree(shape);
  }

  /** All that is held, by page, and tables before what is below them. */
  all(): Holding[] {
    const all: Holding[] = [];
    this.#tree.visitAll((entry) => all.push(entry));
    return all;
  }

  /** Holds a value from now on; the same value that was held before is held anew. */
  add(entry: Holding): void {
    const twin = this.#tree.twin(entry);
    if (twin !== undefined) {
      entry.isGlobal ||= twin.isGlobal;
      entry.since = Math.min(entry.since, twin.since);
      this.#drop(twin);
    }
    this.#tree.put(entry);
    this.#unseen.push(entry);
    if (entry.kind === 'table') addTo(this.#tables, entry.frame, entry);
  }

  /** A leaf is what it was before: what is held of it is what the tables say, unless those above it changed meanwhile. */
  restore(entry: Holding): void {
    const twin = this.#tree.twin(entry);
    if (twin?.kind === 'leaf' && twin.since === entry.since) this.#drop(twin);
  }

  /** The first that a test holds for, of what is held for any page of an entry: above it, at it, and below it. */
  find(level: number, page: number, test: (entry: Holding) => boolean): Holding | undefined {
    return this.#tree.find(page, page + spanOf(this.#shape, level), test);
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
    if (!completesTlbi(domain)) return;
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
    this.#tree.visitAll((entry) => {
      const { state } = entry;
      // Entries of both stages come back as long as one of stage 2 is held.
      if (isStage2 && isStage1 ? state === 'combined' : state === 'held' || state === 'combined' || state === 'going')
        this.#go(entry, 'combined-going');
    });
  }

  #invalidateAsid(reach: Reach, operand: bigint): void {
    this.#tree.visitAll((entry) => {
      if (entry.state === 'held' && this.#isOf(reach, operand, entry) && !isGlobalLeaf(entry)) this.#go(entry, 'going');
    });
  }

  #invalidateAt(reach: Reach, operand: bigint): void {
    const target = targetOf(this.#space, this.#shape, reach, operand);
    if (target === undefined) return;
    const { from, to, level } = target;
    this.#tree.visit(from, to, (entry) => {
      if (entry.state !== 'held' || !this.#isOf(reach, operand, entry)) return;
      const isHinted = level !== undefined;
      if (entry.kind === 'table' ? reach.last || isHinted : isHinted && level !== entry.level) return;
      // By a table that stays, or goes by another instruction, a walker comes back to what is below it.
      const takesTables = !reach.last && !isHinted;
      const waits = entry.above.some(
        (table) => table.state !== 'gone' && !(takesTables && this.#isOfWalksTo(entry, reach, operand, table)),
      );
      if (!waits) this.#go(entry, 'going');
    });
  }

  /** Whether an instruction with an identifier reaches an entry; one without reaches all. */
  #isOf(reach: Reach, operand: bigint, { kind, low, isGlobal }: Holding): boolean {
    if (!this.#asksFor(reach)) return true;
    const isOurs = this.#isOurs(operand);
    return kind === 'table' ? isOurs && !isGlobal : isOurs || (low & NOT_GLOBAL) === 0;
  }

  /** Whether it reaches a table as those hold it who find an entry below: all identifiers do that with what is global. */
  #isOfWalksTo(entry: Holding, reach: Reach, operand: bigint, table: Holding): boolean {
    if (!this.#asksFor(reach)) return true;
    const isForAll = entry.kind === 'table' || isGlobalLeaf(entry);
    return this.#isOurs(operand) && !(isForAll && table.isGlobal);
  }

  #asksFor({ asidIn }: Reach): boolean {
    return asidIn?.includes(this.#space.regime) === true;
  }

  #isOurs(operand: bigint): boolean {
    return this.#asid !== undefined && BigInt(this.#asid) === operand >> 48n;
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
    this.#tree.remove(entry);
    if (entry.kind === 'table') removeFrom(this.#tables, entry.frame, entry);
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
