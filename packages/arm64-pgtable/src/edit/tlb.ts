import { NOT_GLOBAL } from '../descriptor-bits.ts';
import { type Shape, type Space, spanOf } from '../space.ts';
import {
  COMBINED,
  COMBINED_GOING,
  type EntryValue,
  GOING,
  GONE,
  HELD,
  type Held,
  type Origin,
  type Turn,
  UNSEEN,
} from './held.ts';
import { HeldLeaves } from './held-leaves.ts';
import { type Holding, holdingOf, LeafCursor } from './held-place.ts';
import { HeldTree } from './held-tree.ts';
import { Marked } from './marked.ts';
import type { DsbDomain, EditStep } from './steps.ts';
import { type Reach, reachOf, type Target, targetOf } from './tlbi-reach.ts';

const EVERYTHING: Turn = { [HELD]: COMBINED_GOING, [GOING]: COMBINED_GOING, [COMBINED]: COMBINED_GOING };
const OF_BOTH_STAGES: Turn = { [COMBINED]: COMBINED_GOING };

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

/** The leaves of a table that goes as a whole. */
export interface LeavesOfTable {
  readonly level: number;
  /** The first page that the table translates. */
  readonly base: number;
  /** The words of the table, which stay as they are. */
  readonly words: Uint32Array;
  /** Not zero for each entry that is a leaf that may be held; how many these are. */
  readonly marked: Uint8Array;
  readonly count: number;
  /** The tables that lead to it and go with it. */
  readonly above: readonly Held[];
}

/** The values that may be held although the tables no longer say them. */
export class HeldEntries {
  readonly #space: Space;
  readonly #shape: Shape;
  readonly #asid: number | undefined;
  readonly #tree: HeldTree;
  readonly #tables = new Map<number, Set<Held>>();
  /** The origin of leaves that lost their own entries last. */
  #origin: Origin = { above: [], since: -1 };
  /** What a barrier makes of what was invalidated. */
  readonly #completed: Turn;
  /** Stores to tables that are held, which the next barrier makes visible. */
  #stores: { readonly table: number; readonly index: number }[] = [];
  /** What the next barriers act on. */
  #unseen = new Marked();
  #going = new Marked();

  constructor(space: Space, shape: Shape, asid: number | undefined) {
    this.#space = space;
    this.#shape = shape;
    this.#asid = asid;
    this.#tree = new HeldTree(shape);
    this.#completed = { [GOING]: space.regime === 'stage2' ? COMBINED : GONE, [COMBINED_GOING]: GONE };
  }

  /** The first pages of what is held, tables before what is below them; of leaves side by side in one table that of the first. */
  pages(): number[] {
    const pages: number[] = [];
    let leaves: HeldLeaves | undefined;
    let next = 0;
    this.#tree.visitAll((entry) => {
      const isLeaf = entry instanceof LeafCursor;
      if (!isLeaf || entry.leaves !== leaves || entry.index !== next) pages.push(entry.page);
      leaves = isLeaf ? entry.leaves : undefined;
      next = isLeaf ? entry.index + 1 : 0;
    });
    return pages;
  }

  /** Holds a table from now on; one that was held before is held anew. */
  addTable(entry: Holding): void {
    const twin = this.#tree.twin(entry);
    if (twin !== undefined) {
      entry.isGlobal ||= twin.isGlobal;
      this.#drop(twin);
    }
    this.#tree.putTable(entry);
    this.#unseen.add(entry);
    addTo(this.#tables, entry.frame, entry);
  }

  /**
   * Holds a leaf that lost its own entry.
   *
   * @param since how many changes of tables there were before.
   * @param words what its table held at first.
   */
  addLeaf(leaf: EntryValue, since: number, words: () => Uint32Array): void {
    const twin = this.#tree.twin(leaf);
    const origin = this.#originOf(Math.min(since, twin?.origin.since ?? since));
    // In columns it takes the place of its twin.
    if (twin !== undefined && !(twin instanceof LeafCursor)) this.#drop(twin);
    this.#unseen.add(this.#tree.putLeaf(holdingOf(leaf, origin, (leaf.low & NOT_GLOBAL) === 0), words));
  }

  /** Holds the leaves of a table that goes as a whole. */
  addLeaves({ level, base, words, marked, count, above }: LeavesOfTable): void {
    const leaves = new HeldLeaves(marked.length, words, { above, since: -1 });
    leaves.fill(UNSEEN, count, marked);
    const moved = (entry: Holding): void => {
      if (entry.state === UNSEEN) this.#unseen.add(entry);
      if (entry.state === GOING || entry.state === COMBINED_GOING) this.#going.add(entry);
    };
    this.#unseen.addAll(this.#tree.putAll(level, base, leaves, moved));
  }

  /** A leaf is what it was before: what is held of it is what the tables say, unless those above it changed meanwhile. */
  restore(leaf: EntryValue, since: number): void {
    const twin = this.#tree.twin(leaf);
    if (twin?.kind === 'leaf' && twin.origin.since === since) this.#drop(twin);
  }

  /** The first that a test holds for, of what is held for any page of an entry: above it, at it, and below it. */
  find(level: number, page: number, test: (entry: Held) => boolean): boolean {
    return this.#tree.find(page, page + spanOf(this.#shape, level), test);
  }

  /** The first input page under a held descriptor that leads to a table, if there is one. */
  tableAt(table: number): number | undefined {
    for (const { page } of this.#tables.get(table) ?? []) return page;
    return undefined;
  }

  /** An entry of a table that is held was made invalid: a walker that comes back by the table finds no leaf there. */
  noteStore(table: number, index: number): void {
    this.#stores.push({ table, index });
  }

  /** A DSB: stores before it are visible; if it waits for more than stores, invalidations are complete. */
  barrier(domain: DsbDomain): void {
    if (!isShared(domain)) return;
    const unseen = this.#unseen;
    this.#unseen = new Marked();
    unseen.turn({ [UNSEEN]: HELD }, () => {});
    for (const store of this.#stores) this.#part(store);
    this.#stores = [];
    if (!completesTlbi(domain)) return;
    const going = this.#going;
    this.#going = new Marked();
    going.turn(this.#completed, (entry) => this.#forget(entry));
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
    // Entries of both stages come back as long as one of stage 2 is held.
    const isOfBoth = isStage1 && this.#space.regime === 'stage2';
    this.#tree.turn(isOfBoth ? OF_BOTH_STAGES : EVERYTHING, (entry) => {
      if (entry instanceof LeafCursor) this.#going.addAll(entry);
      else this.#going.add(entry);
    });
  }

  #invalidateAsid(reach: Reach, operand: bigint): void {
    const asked = this.#askedFor(reach, operand);
    this.#tree.visitAll((entry) => {
      if (entry.state === HELD && isOf(asked, entry) && !isGlobalLeaf(entry)) this.#go(entry, GOING);
    });
  }

  #invalidateAt(reach: Reach, operand: bigint): void {
    const target = targetOf(this.#space, this.#shape, reach, operand);
    if (target === undefined) return;
    const asked = this.#askedFor(reach, operand);
    const waiting = new Waiting(asked, reach, target);
    this.#tree.visit(target.from, target.to, (entry) => {
      if (entry.state !== HELD || !isOf(asked, entry)) return;
      const isHinted = target.level !== undefined;
      if (entry.kind === 'table' ? reach.last || isHinted : isHinted && target.level !== entry.level) return;
      if (!waiting.has(entry)) this.#go(entry, GOING);
    });
  }

  /**
   * A leaf that is no longer found by the table that it was in does not wait for it; what others of its group lead to goes with
   * them. Where the table is held for several entries more is asked than need be.
   */
  #part({ table, index }: { readonly table: number; readonly index: number }): void {
    const [held, another] = this.#tables.get(table) ?? [];
    if (held === undefined || another !== undefined) return;
    const level = held.level + 1;
    const leaf = this.#tree.leafAt(level, held.page + index * spanOf(this.#shape, level));
    if (leaf?.origin.above.at(-1) === held) leaf.moveTo(this.#originOf(-1));
  }

  #originOf(since: number): Origin {
    if (this.#origin.since !== since) this.#origin = { above: [], since };
    return this.#origin;
  }

  #askedFor({ asidIn }: Reach, operand: bigint): Asked {
    if (asidIn?.includes(this.#space.regime) !== true) return 'all';
    return this.#asid !== undefined && BigInt(this.#asid) === operand >> 48n ? 'ours' : 'others';
  }

  #go(entry: Held, state: number): void {
    entry.state = state;
    this.#going.add(entry);
  }

  #drop(entry: Held): void {
    entry.state = GONE;
    this.#forget(entry);
  }

  /** Forgets what is gone. */
  #forget(entry: Held): void {
    this.#tree.remove(entry);
    if (entry.kind === 'table') removeFrom(this.#tables, entry.frame, entry);
  }
}

/** Whose entries an instruction is for: those of all identifiers, or of one, which these tables are used with or are not. */
type Asked = 'all' | 'ours' | 'others';

/** Whether an instruction with an identifier reaches an entry; one without reaches all. */
function isOf(asked: Asked, { kind, isGlobal }: Held): boolean {
  if (asked === 'all') return true;
  return kind === 'table' ? asked === 'ours' && !isGlobal : asked === 'ours' || isGlobal;
}

const isGlobalLeaf = ({ kind, isGlobal }: Held): boolean => kind === 'leaf' && isGlobal;

/** Which entries a walker comes back to, by a table that stays, or goes by another instruction. */
class Waiting {
  readonly #asked: Asked;
  readonly #takesTables: boolean;
  /** The last answer: leaves of a table have one. */
  #last: { readonly origin: Origin; readonly isForAll: boolean; readonly has: boolean } | undefined;

  constructor(asked: Asked, { last }: Reach, { level }: Target) {
    this.#asked = asked;
    this.#takesTables = last !== true && level === undefined;
  }

  has(entry: Held): boolean {
    const { origin, kind, isGlobal } = entry;
    if (origin.above.length === 0) return false;
    const isForAll = kind === 'table' || isGlobal;
    if (this.#last?.origin === origin && this.#last.isForAll === isForAll) return this.#last.has;
    const has = origin.above.some(
      (table) => table.state !== GONE && !(this.#takesTables && this.#isOfWalks(isForAll, table)),
    );
    this.#last = { origin, isForAll, has };
    return has;
  }

  /** Whether it reaches a table as those hold it who find an entry below: all identifiers do that with what is global. */
  #isOfWalks(isForAll: boolean, table: Held): boolean {
    return this.#asked === 'all' || (this.#asked === 'ours' && !(isForAll && table.isGlobal));
  }
}

function addTo(map: Map<number, Set<Held>>, key: number, entry: Held): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([entry]));
  else set.add(entry);
}

function removeFrom(map: Map<number, Set<Held>>, key: number, entry: Held): void {
  const set = map.get(key);
  set?.delete(entry);
  if (set?.size === 0) map.delete(key);
}
