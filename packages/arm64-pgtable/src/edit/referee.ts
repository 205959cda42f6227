import { type DescriptorHalves, type DescriptorSource, outputPage, wordsAt } from '../descriptor.ts';
import {
  ACCESS,
  AF,
  CONTIGUOUS,
  DIRTY,
  GUARDED,
  NOT_GLOBAL,
  NT,
  PXN,
  SOFTWARE,
  TABLE_LIMITS,
  UXN,
} from '../descriptor-bits.ts';
import { type DescriptorKind, kindOf, leafBits, sameHalves } from '../descriptor-kind.ts';
import { PageTableError } from '../error.ts';
import { pagesPerEntry } from '../granule.ts';
import { hex } from '../hex.ts';
import { checkRoot } from '../root.ts';
import { addressInSpace, type Shape, type Space, shapeOf, spanOf } from '../space.ts';
import type { Holding } from './held-tree.ts';
import { checkAsid, checkBbm } from './options.ts';
import { Overlaps } from './overlaps.ts';
import { type Place, Places } from './places.ts';
import { checkForms } from './step-forms.ts';
import type { EditStep } from './steps.ts';
import { HeldEntries, isShared } from './tlb.ts';
import { WalkedTables } from './walked.ts';
import { WrittenGroups } from './written-groups.ts';

/** The rules that steps can break. */
export type EditRule =
  /** A valid entry took the place of another that TLBs may still hold and that it contradicts. */
  | 'break-before-make'
  /** A table was linked while stores to it may not have reached memory. */
  | 'table-not-visible'
  /** A table was written that walkers may still reach by an entry that is gone. */
  | 'table-in-use'
  /** At a barrier, some entries with the contiguous hint were not one group. */
  | 'contiguous-group'
  /** An invalidation that is not for this translation regime. */
  | 'wrong-regime'
  /** At the end, TLBs may still hold what the tables no longer say. */
  | 'not-invalidated'
  /** At the end, stores may not have reached the walkers. */
  | 'not-visible'
  /** At the end, this CPU may not have noticed (no ISB after the last DSB). */
  | 'not-synchronised';

/** One way in which steps break the architecture's rules. */
export interface EditViolation {
  readonly rule: EditRule;
  /** Index of the step; the number of steps for what is missing at the end. */
  readonly step: number;
  /** First input address that is concerned, where there is one. */
  readonly address?: bigint;
  /** What the rule says, in one sentence. */
  readonly meaning: string;
}

const meanings: Record<EditRule, string> = {
  'break-before-make':
    'an entry in use is made invalid, and invalidated in TLBs, before it gets another output, type or size',
  'table-not-visible': 'stores to a table are followed by a DSB before the table is linked',
  'table-in-use': 'a table that walkers may still reach is not written for another use',
  'contiguous-group':
    'either all entries of an aligned group carry the contiguous hint and continue each other, or none does',
  'wrong-regime': 'a TLBI acts on one translation regime only',
  'not-invalidated': 'a TLBI by the old address, completed by a DSB, follows each change of a valid entry',
  'not-visible': 'a DSB makes stores visible to table walks',
  'not-synchronised': 'an ISB makes this CPU notice the change',
};

/** What the CPUs can do, as for planning. */
export interface RefereeOptions {
  readonly bbm?: 0 | 1 | 2;
  /** The only address space identifier that was ever used with these tables, where there is just one. */
  readonly asid?: number;
}

/**
 * Judges steps on live tables, whoever made them, with an abstract machine of what walkers may read and TLBs may hold in
 * the worst case that the architecture allows. Every valid entry that can be reached may be cached at any time; a store may be seen
 * late until a DSB; what is cached goes when it is invalidated after its store was visible, and a DSB ISH completes that.
 *
 * @param source the tables before the first step; it is not written.
 * @throws PageTableError `EINVAL` for steps that are none.
 * @returns everything that is wrong, in order; empty for steps that are safe.
 */
export function checkSteps(
  space: Space,
  root: number,
  source: DescriptorSource,
  steps: readonly EditStep[],
  options: RefereeOptions = {},
): EditViolation[] {
  const referee = new Referee(space, root, source, options);
  checkForms(steps, shapeOf(space).entries);
  steps.forEach((step, index) => {
    referee.step(step, index);
  });
  return referee.end(steps.length);
}

const NOTHING = new Uint32Array(0);

/** How often tables may be reached at more places than one, beyond a few for each of them. */
const PLACES_MORE = 256;

class Referee {
  readonly #space: Space;
  readonly #shape: Shape;
  readonly #source: DescriptorSource;
  readonly #bbm: number;
  readonly #entries: number;
  readonly #violations: EditViolation[] = [];
  /** What was read last: most tables are read entry by entry. */
  #last: { readonly table: number; readonly words: Uint32Array } = { table: -1, words: NOTHING };
  /** Pages that steps wrote, as they stand now. */
  readonly #written = new Map<number, Uint32Array>();
  readonly #places = new Places();
  readonly #held: HeldEntries;
  readonly #walked: WalkedTables;
  /**
   * Tables with stores that no DSB has followed, and whether one of them took the place of what a walk would follow: others may
   * be seen or not, and fault until then.
   */
  readonly #unseen = new Map<number, boolean>();
  readonly #groups: WrittenGroups;
  /** Those of them that walkers reach. */
  readonly #unseenInUse = new Set<number>();
  #synchronised = true;
  /** How many stores linked or unlinked a table that walkers reach. */
  #tableChanges = 0;

  constructor(space: Space, root: number, source: DescriptorSource, { bbm = 0, asid }: RefereeOptions) {
    this.#space = space;
    this.#shape = shapeOf(space);
    checkRoot(this.#shape, root);
    checkBbm(bbm);
    checkAsid(space, asid);
    this.#source = source;
    this.#bbm = bbm;
    this.#entries = 2 ** this.#shape.indexBits;
    this.#held = new HeldEntries(space, this.#shape, asid);
    this.#walked = new WalkedTables(space, this.#shape);
    this.#groups = new WrittenGroups(space, this.#shape, bbm, {
      read: (table, index) => this.#read(table, index),
      kindOf: (level, descriptor) => this.#kindOf(level, descriptor),
    });
    const { startLevel } = this.#shape;
    const reach = pagesPerEntry(this.#shape, startLevel) * this.#entries;
    for (let joined = 0; joined * reach < this.#shape.inputPages; joined++)
      this.#refuseTangle(root + joined, startLevel);
    for (let joined = 0; joined * reach < this.#shape.inputPages; joined++)
      this.#enter(root + joined, { level: startLevel, base: joined * reach });
  }

  step(step: EditStep, index: number): void {
    switch (step.kind) {
      case 'clear':
        for (let entry = 0; entry < this.#entries; entry++) this.#write(step.table, entry, { low: 0, high: 0 }, index);
        break;
      case 'write':
        this.#write(step.table, step.index, step, index);
        break;
      case 'tlbi':
        if (!this.#held.invalidate(step)) this.#complain('wrong-regime', index);
        this.#walked.invalidate(step);
        this.#synchronised = false;
        break;
      case 'dsb':
        this.#held.barrier(step.domain);
        this.#walked.barrier(step.domain);
        if (!isShared(step.domain)) break;
        this.#unseen.clear();
        this.#unseenInUse.clear();
        this.#checkGroups(index, this.#groups.atBarrier());
        this.#synchronised = false;
        break;
      case 'isb':
        this.#synchronised = !this.#isUnseen();
        break;
    }
  }

  end(steps: number): EditViolation[] {
    if (this.#isUnseen()) this.#complain('not-visible', steps);
    this.#checkGroups(steps, this.#groups.atEnd());
    for (const { page } of this.#held.all()) this.#complain('not-invalidated', steps, page);
    if (!this.#synchronised) this.#complain('not-synchronised', steps);
    return this.#violations;
  }

  /** Whether stores may not be visible in a table that walkers reach. */
  #isUnseen(): boolean {
    return this.#unseenInUse.size > 0;
  }

  #checkGroups(step: number, wrong: readonly number[]): void {
    for (const page of wrong) this.#complain('contiguous-group', step, page);
  }

  #complain(rule: EditRule, step: number, page?: number): void {
    const address = page === undefined ? {} : { address: addressInSpace(this.#space, page) };
    this.#violations.push({ rule, step, ...address, meaning: meanings[rule] });
  }

  #read(table: number, index: number): DescriptorHalves {
    const words = this.#wordsOf(table);
    return { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
  }

  /** The words of a page as they stand, for reading; of a page that is not there, nothing. */
  #wordsOf(table: number): Uint32Array {
    const written = this.#written.get(table);
    if (written !== undefined) return written;
    if (this.#last.table !== table)
      this.#last = { table, words: wordsAt(this.#source, table, this.#entries) ?? NOTHING };
    return this.#last.words;
  }

  #write(table: number, index: number, now: DescriptorHalves, step: number): void {
    const old = this.#read(table, index);
    if (sameHalves(old, now)) return;
    const places = this.#places.of(table).filter((place) => index < this.#entriesAt(place));
    const inUse = this.#held.tableAt(table);
    // What is invalid is nowhere cached, and faults as what was unlinked does.
    if (inUse !== undefined && (now.low & 1) !== 0) this.#complain('table-in-use', step, inUse);
    for (const place of places) this.#retire(table, place, index, old, now, step);
    this.#store(table, index, now, places.length > 0);
    if (places.length > 0) this.#synchronised = false;
    for (const place of places) {
      this.#groups.note(table, index, place);
      if (this.#kindOf(place.level, now) === 'table')
        this.#enter(outputPage(this.#shape, now.low, now.high), this.#below(place, index));
    }
  }

  /** Entries of a table that input addresses reach at a place: fewer than it has only at the start. */
  #entriesAt({ level, base }: Place): number {
    return Math.min(this.#entries, Math.ceil((this.#shape.inputPages - base) / spanOf(this.#shape, level)));
  }

  /** What a walk makes of a descriptor: one that leads beyond the output size faults, and is nowhere cached. */
  #kindOf(level: number, { low, high }: DescriptorHalves): DescriptorKind {
    const kind = kindOf(this.#shape, level, low);
    return kind === 'invalid' || outputPage(this.#shape, low, high) < this.#shape.outputPages ? kind : 'invalid';
  }

  #store(table: number, index: number, { low, high }: DescriptorHalves, isReached: boolean): void {
    let words = this.#written.get(table);
    if (words === undefined) {
      words = new Uint32Array(2 * this.#entries);
      words.set(this.#wordsOf(table));
      this.#written.set(table, words);
    }
    const isStale = ((words[2 * index] ?? 0) & 1) !== 0;
    words[2 * index] = low;
    words[2 * index + 1] = high;
    if (isReached || !this.#places.has(table)) this.#unseen.set(table, isStale || this.#unseen.get(table) === true);
    if (isReached) this.#unseenInUse.add(table);
  }

  /** An entry that is reached loses its value to another: the old one may be held from now on, and must not clash. */
  #retire(
    table: number,
    place: Place,
    index: number,
    old: DescriptorHalves,
    now: DescriptorHalves,
    step: number,
  ): void {
    if (this.#isSameTable(place.level, old, now)) return;
    const gone: Holding[] = [];
    const at = this.#below(place, index);
    if (!this.#isUnnoticed(place.level, old, now) && this.#gather(old.low, old.high, place.level, at.base, [], gone))
      this.#walked.add(table, { from: place.base, to: place.base + spanOf(this.#shape, place.level) * this.#entries });
    const coming: Holding[] = [];
    if (this.#kindOf(place.level, now) === 'table')
      this.#refuseTangle(outputPage(this.#shape, now.low, now.high), place.level + 1);
    this.#gather(now.low, now.high, place.level, at.base, [], coming);
    const next = this.#kindOf(place.level, now);
    if (next === 'table') this.#checkLink(outputPage(this.#shape, now.low, now.high), at, step);
    const clash = this.#clash(gone, coming, place.level, at.base);
    if (clash !== undefined) this.#complain('break-before-make', step, clash);
    // A table that is linked on with other limits keeps what is below it.
    for (const entry of gone) this.#held.add(entry);
    if (next === 'leaf' && coming[0] !== undefined) this.#held.restore(coming[0]);
    const was = this.#kindOf(place.level, old);
    if (was === 'table' || next === 'table') this.#tableChanges += 1;
    if (was === 'table') this.#leave(outputPage(this.#shape, old.low, old.high), at);
  }

  #below(place: Place, index: number): Place {
    return { level: place.level + 1, base: place.base + index * pagesPerEntry(this.#shape, place.level) };
  }

  /** Looping tables can be reached at more places than there is time for. */
  #refuseTangle(table: number, level: number): void {
    const known = new Map<number, number>();
    const last = new Set<number>();
    const placesOf = (page: number, at: Place): number => {
      // Most tables are of level 3, which lead to no others.
      if (at.level === 3) {
        last.add(page);
        return 1;
      }
      const key = page * 8 + at.level + 1;
      const counted = known.get(key);
      if (counted !== undefined) return counted;
      let places = 1;
      this.#eachTable(page, at, (below, { level: next }) => {
        places += placesOf(below, { level: next, base: 0 });
      });
      known.set(key, places);
      return places;
    };
    const places = placesOf(table, { level, base: 0 });
    const tables = known.size + last.size;
    if (places <= 4 * tables + PLACES_MORE) return;
    throw new PageTableError(
      'ELOOP',
      `table page ${hex(table)} leads to ${tables} others in ${places} ways`,
      'give every entry a table of its own',
      { page: table },
    );
  }

  /** Whether a leaf becomes another that no TLB tells from it: software's bits differ, or an access flag is set. */
  #isUnnoticed(level: number, old: DescriptorHalves, now: DescriptorHalves): boolean {
    if (this.#kindOf(level, old) !== 'leaf' || this.#kindOf(level, now) !== 'leaf') return false;
    const low = old.low ^ now.low;
    return ((old.high ^ now.high) & ~SOFTWARE) === 0 && (low === 0 || (low === AF && (now.low & AF) !== 0));
  }

  /** Whether an entry leads to the table that it led to, and limits it as before: the other bits hardware ignores. */
  #isSameTable(level: number, old: DescriptorHalves, now: DescriptorHalves): boolean {
    if (this.#kindOf(level, old) !== 'table' || this.#kindOf(level, now) !== 'table') return false;
    const isSameFrame = outputPage(this.#shape, old.low, old.high) === outputPage(this.#shape, now.low, now.high);
    return isSameFrame && ((old.high ^ now.high) & TABLE_LIMITS) === 0;
  }

  /**
   * Everything that may be held because of one descriptor: itself, and what is below it. Returns whether global leaves are
   * or were among it.
   */
  #gather(low: number, high: number, level: number, page: number, above: readonly Holding[], into: Holding[]): boolean {
    if ((low & 1) === 0) return false;
    const kind = kindOf(this.#shape, level, low);
    const frame = outputPage(this.#shape, low, high);
    if (kind === 'invalid' || frame >= this.#shape.outputPages) return false;
    // A walk to it that faults leaves the tables above in walk caches.
    if (kind === 'leaf' && !this.#isAccessed(low, high)) return (low & NOT_GLOBAL) === 0;
    const span = spanOf(this.#shape, level);
    const output = kind === 'leaf' && span > 1 ? frame - (frame % span) : frame;
    const isGlobal = kind === 'leaf' ? (low & NOT_GLOBAL) === 0 : this.#walked.has(frame);
    const held: Holding = {
      kind,
      level,
      page,
      span,
      low,
      high,
      frame: output,
      above,
      isGlobal,
      state: 'unseen',
      since: above.length === 0 && kind === 'leaf' ? this.#tableChanges : -1,
    };
    into.push(held);
    if (kind === 'leaf') return isGlobal;
    const chain = [...above, held];
    const step = span / this.#entries;
    const words = this.#wordsOf(frame);
    for (let at = 0; at < words.length; at += 2) {
      const below = words[at] ?? 0;
      if ((below & 1) !== 0 && this.#gather(below, words[at + 1] ?? 0, level + 1, page + (at / 2) * step, chain, into))
        held.isGlobal = true;
    }
    return held.isGlobal;
  }

  /** A leaf without its access flag is not cached, unless hardware sets that, or a group has it. */
  #isAccessed(low: number, high: number): boolean {
    return (low & AF) !== 0 || this.#space.setsAccessFlag === true || (high & CONTIGUOUS) !== 0;
  }

  /** The first page at which something to come contradicts what goes for it, or what is held for any page of its entry. */
  #clash(gone: readonly Holding[], coming: readonly Holding[], level: number, page: number): number | undefined {
    if (coming.length === 0) return undefined;
    const among = new Overlaps(coming);
    let found: number | undefined;
    const isClash = (old: Holding): boolean => {
      for (const next of among.of(old))
        if (!this.#mayMeet(old, next)) {
          found = Math.max(old.page, next.page);
          return true;
        }
      return false;
    };
    if (!gone.some(isClash)) this.#held.find(level, page, isClash);
    return found;
  }

  /** Whether a TLB may hold both at once. */
  #mayMeet(old: Holding, next: Holding): boolean {
    if (old.kind === 'table' && next.kind === 'table') return old.level !== next.level || old.frame === next.frame;
    if (old.kind === 'table' || next.kind === 'table') {
      // A table above a leaf is how leaves are found; a table in a leaf's place is a change of size.
      const [table, leaf] = old.kind === 'table' ? [old, next] : [next, old];
      return table.level < leaf.level || this.#mayResize(leaf);
    }
    return old.level === next.level
      ? this.#mayReplace(old, next)
      : this.#sameOutput(old, next) && this.#resizes(old, next);
  }

  #resizes(a: Holding, b: Holding): boolean {
    const same = sameHalves(leafBits(this.#shape, a), leafBits(this.#shape, b));
    return same && this.#mayResize(a.level < b.level ? a : b);
  }

  #mayResize(block: Holding): boolean {
    return this.#bbm >= 2 || (this.#bbm === 1 && block.level < 3 && (block.low & NT) !== 0);
  }

  #sameOutput(a: Holding, b: Holding): boolean {
    return a.frame - a.page === b.frame - b.page;
  }

  /** Leaves of one size: what they allow may differ, what they are may not (break-before-make). */
  #mayReplace(old: Holding, next: Holding): boolean {
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

  #checkLink(page: number, place: Place, step: number): void {
    if (this.#unseen.get(page) === true) this.#complain('table-not-visible', step, place.base);
    else this.#eachTable(page, place, (below, at) => this.#checkLink(below, at, step));
  }

  /** A table is reached at a place, and so is everything below it. */
  #enter(page: number, place: Place): void {
    if (!this.#places.add(page, place)) return;
    if (this.#unseen.has(page)) this.#unseenInUse.add(page);
    this.#eachTable(page, place, (below, at) => this.#enter(below, at));
  }

  #leave(page: number, place: Place): void {
    this.#places.remove(page, place);
    if (!this.#places.has(page)) this.#unseenInUse.delete(page);
    this.#eachTable(page, place, (below, at) => this.#leave(below, at));
  }

  #eachTable(page: number, place: Place, visit: (page: number, place: Place) => void): void {
    if (place.level >= 3) return;
    const entries = this.#entriesAt(place);
    // The last words that were read may be others when one comes back from below.
    const words = this.#wordsOf(page);
    for (let index = 0; index < entries; index++) {
      const low = words[2 * index] ?? 0;
      if ((low & 1) === 0) continue;
      const high = words[2 * index + 1] ?? 0;
      if (this.#kindOf(place.level, { low, high }) === 'table')
        visit(outputPage(this.#shape, low, high), this.#below(place, index));
    }
  }
}
