import { type DescriptorHalves, type DescriptorSource, outputPage } from '../descriptor.ts';
import { AF, CONTIGUOUS, NOT_GLOBAL, SOFTWARE, TABLE_LIMITS } from '../descriptor-bits.ts';
import { type DescriptorKind, kindOf, sameHalves } from '../descriptor-kind.ts';
import { PageTableError } from '../error.ts';
import { pagesPerEntry } from '../granule.ts';
import { hex } from '../hex.ts';
import { needObject } from '../needed.ts';
import { checkRoot } from '../root.ts';
import { addressInSpace, type Shape, type Space, shapeOf, spanOf } from '../space.ts';
import { Clashes } from './clashes.ts';
import { Contents } from './contents.ts';
import type { EntryValue, Held } from './held.ts';
import { holdingOf, leafFrame } from './held-place.ts';
import { checkAsid, checkBbm } from './options.ts';
import { type Place, Places } from './places.ts';
import { checkForms } from './step-forms.ts';
import type { EditStep } from './steps.ts';
import { isTangle, type Ways, waysFrom } from './tangle.ts';
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
  /** A table was linked that leads to others in more ways than can be followed: nothing after it is judged. */
  | 'tangled-tables'
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
  'tangled-tables': 'a table is cleared before it is linked, and leads to each other table once',
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
  shapeOf(space);
  needObject('source of descriptors', source);
  needObject('set of options', options);
  const referee = new Referee(space, root, source, options);
  checkForms(steps, shapeOf(space).entries);
  steps.forEach((step, index) => {
    referee.step(step, index);
  });
  return referee.end(steps.length);
}

class Referee {
  readonly #space: Space;
  readonly #shape: Shape;
  readonly #entries: number;
  readonly #violations: EditViolation[] = [];
  readonly #contents: Contents;
  readonly #clashes: Clashes;
  readonly #places = new Places();
  readonly #held: HeldEntries;
  readonly #walked: WalkedTables;
  /**
   * Tables with stores that no DSB has followed, and whether one of them took the place of what a walk would follow: others may
   * be seen or not, and fault until then.
   */
  readonly #unseen = new Map<number, boolean>();
  /** Those of them that walkers reach. */
  readonly #unseenInUse = new Set<number>();
  readonly #groups: WrittenGroups;
  /** There are more places than can be followed. */
  #isLost = false;
  #synchronised = true;
  /** How many stores linked or unlinked a table that walkers reach. */
  #tableChanges = 0;

  constructor(space: Space, root: number, source: DescriptorSource, { bbm = 0, asid }: RefereeOptions) {
    this.#space = space;
    this.#shape = shapeOf(space);
    checkRoot(this.#shape, root);
    checkBbm(bbm);
    checkAsid(space, asid);
    this.#entries = 2 ** this.#shape.indexBits;
    this.#contents = new Contents(source, this.#entries);
    this.#clashes = new Clashes(
      this.#shape,
      bbm,
      (level, page, descriptor) => this.#valueOf(level, page, descriptor),
      (table) => this.#contents.words(table),
    );
    this.#held = new HeldEntries(space, this.#shape, asid);
    this.#walked = new WalkedTables(space, this.#shape);
    this.#groups = new WrittenGroups(space, this.#shape, bbm, {
      read: (table, index) => this.#contents.read(table, index),
      kindOf: (level, descriptor) => this.#kindOf(level, descriptor),
    });
    const { startLevel } = this.#shape;
    const reach = pagesPerEntry(this.#shape, startLevel) * this.#entries;
    for (let joined = 0; joined * reach < this.#shape.inputPages; joined++) this.#refuseTangle(root + joined);
    for (let joined = 0; joined * reach < this.#shape.inputPages; joined++)
      this.#enter(root + joined, { level: startLevel, base: joined * reach });
  }

  step(step: EditStep, index: number): void {
    if (this.#isLost) return;
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
    if (this.#isLost) return this.#violations;
    if (this.#isUnseen()) this.#complain('not-visible', steps);
    this.#checkGroups(steps, this.#groups.atEnd());
    for (const page of this.#held.pages()) this.#complain('not-invalidated', steps, page);
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

  #write(table: number, index: number, now: DescriptorHalves, step: number): void {
    const old = this.#contents.read(table, index);
    if (sameHalves(old, now)) return;
    const places = this.#places.of(table).filter((place) => index < this.#entriesAt(place));
    const tangled = this.#tangledAt(places, old, now);
    if (tangled !== undefined) {
      this.#isLost = true;
      this.#complain('tangled-tables', step, this.#below(tangled, index).base);
      return;
    }
    const inUse = this.#held.tableAt(table);
    // What is invalid is nowhere cached, and faults as what was unlinked does.
    if (inUse !== undefined && (now.low & 1) !== 0) this.#complain('table-in-use', step, inUse);
    else if (inUse !== undefined) this.#held.noteStore(table, index);
    for (const place of places) this.#retire(table, place, index, old, now, step);
    this.#store(table, index, now, places.length > 0);
    if (places.length > 0) this.#synchronised = false;
    for (const place of places) {
      this.#groups.note(table, index, place);
      if (this.#kindOf(place.level, now) !== 'table' || this.#isSameTable(place.level, old, now)) continue;
      const below = outputPage(this.#shape, now.low, now.high);
      this.#enter(below, this.#below(place, index));
      this.#noteGroups(below, this.#below(place, index));
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

  #store(table: number, index: number, now: DescriptorHalves, isReached: boolean): void {
    const old = this.#contents.store(table, index, now);
    const isStale = (old.low & 1) !== 0;
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
    const { level } = place;
    if (this.#isSameTable(level, old, now)) return;
    const at = this.#below(place, index);
    const isUnnoticed = this.#isUnnoticed(level, old, now);
    const coming = this.#valueOf(level, at.base, now);
    if (coming?.kind === 'table') this.#checkLink(coming.frame, at, step);
    const clash = coming && this.#clash(isUnnoticed ? undefined : this.#valueOf(level, at.base, old), coming);
    if (clash !== undefined) this.#complain('break-before-make', step, clash);
    // A table that is linked on with other limits keeps what is below it.
    if (!isUnnoticed && this.#hold(table, level, at.base, old))
      this.#walked.add(table, { from: place.base, to: place.base + spanOf(this.#shape, level) * this.#entries });
    if (coming?.kind === 'leaf') this.#held.restore(coming, this.#tableChanges);
    const was = this.#kindOf(level, old);
    if (was === 'table' || coming?.kind === 'table') this.#tableChanges += 1;
    if (was === 'table') this.#leave(outputPage(this.#shape, old.low, old.high), at);
  }

  #below(place: Place, index: number): Place {
    return { level: place.level + 1, base: place.base + index * pagesPerEntry(this.#shape, place.level) };
  }

  /** Tables before the first step that cannot be followed are none to judge steps by. */
  #refuseTangle(root: number): void {
    const ways = this.#waysFrom(root, this.#shape.startLevel);
    if (!isTangle(ways)) return;
    throw new PageTableError(
      'ELOOP',
      `table page ${hex(root)} leads to ${ways.tables} others in ${ways.ways} ways`,
      'give every entry a table of its own',
      { page: root },
    );
  }

  /** The first place at which a link makes a tangle of all that is reached. */
  #tangledAt(places: readonly Place[], old: DescriptorHalves, now: DescriptorHalves): Place | undefined {
    const known = new Map<number, Ways>();
    let { ways, tables } = this.#places;
    for (const place of places) {
      const { level } = place;
      if (this.#kindOf(level, now) !== 'table' || this.#isSameTable(level, old, now)) continue;
      const more = known.get(level) ?? this.#waysFrom(outputPage(this.#shape, now.low, now.high), level + 1);
      ways += more.ways;
      if (!known.has(level)) tables += more.tables;
      known.set(level, more);
      if (isTangle({ ways, tables })) return place;
    }
    return undefined;
  }

  #waysFrom(table: number, level: number): Ways {
    return waysFrom(table, level, (page, at, visit) => this.#eachTable(page, { level: at, base: 0 }, visit));
  }

  /** Groups of a table that is linked, and of those below it, are in use from then on. */
  #noteGroups(table: number, place: Place): void {
    this.#groups.noteTable(table, place, this.#contents.words(table));
    this.#eachTable(table, place, (below, at) => this.#noteGroups(below, at));
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

  /** What may be held of a descriptor, but for what is below it. */
  #valueOf(level: number, page: number, { low, high }: DescriptorHalves): EntryValue | undefined {
    const kind = this.#kindOf(level, { low, high });
    if (kind === 'invalid' || (kind === 'leaf' && !this.#isAccessed(low, high))) return undefined;
    const frame = kind === 'leaf' ? leafFrame(this.#shape, level, low, high) : outputPage(this.#shape, low, high);
    return { kind, level, page, low, high, frame };
  }

  /**
   * Holds everything that may be held because of one descriptor: itself, and what is below it. Returns whether global leaves are
   * or were among it.
   */
  #hold(table: number, level: number, page: number, descriptor: DescriptorHalves): boolean {
    const kind = this.#kindOf(level, descriptor);
    if (kind === 'invalid') return false;
    const value = this.#valueOf(level, page, descriptor);
    if (value?.kind === 'table') return this.#holdTree(value, []);
    const isGlobal = (descriptor.low & NOT_GLOBAL) === 0;
    // A walk to a leaf that faults leaves the tables above in walk caches.
    if (value !== undefined) this.#held.addLeaf(value, this.#tableChanges, () => this.#contents.first(table));
    return isGlobal;
  }

  #holdTree(value: EntryValue, before: readonly Held[]): boolean {
    const { frame, page } = value;
    const held = holdingOf(value, { above: before, since: -1 }, this.#walked.has(frame));
    this.#held.addTable(held);
    const above = [...before, held];
    const level = value.level + 1;
    const span = spanOf(this.#shape, level);
    const words = this.#contents.words(frame);
    const entries = Math.min(this.#entries, words.length >> 1);
    const marked = new Uint8Array(entries === 0 ? 0 : this.#entries);
    let [count, isGlobal] = [0, false];
    for (let index = 0; index < entries; index++) {
      const low = words[2 * index] ?? 0;
      if ((low & 1) === 0) continue;
      const high = words[2 * index + 1] ?? 0;
      const kind = kindOf(this.#shape, level, low);
      if (kind === 'invalid' || outputPage(this.#shape, low, high) >= this.#shape.outputPages) continue;
      if (kind === 'table') {
        const below = this.#valueOf(level, page + index * span, { low, high });
        if (below !== undefined && this.#holdTree(below, above)) isGlobal = true;
      } else {
        if ((low & NOT_GLOBAL) === 0) isGlobal = true;
        if (!this.#isAccessed(low, high)) continue;
        marked[index] = 1;
        count += 1;
      }
    }
    held.isGlobal ||= isGlobal;
    if (count > 0) this.#held.addLeaves({ level, base: page, words: this.#contents.kept(frame), marked, count, above });
    return held.isGlobal;
  }

  /** A leaf without its access flag is not cached, unless hardware sets that, or a group has it. */
  #isAccessed(low: number, high: number): boolean {
    return (low & AF) !== 0 || this.#space.setsAccessFlag === true || (high & CONTIGUOUS) !== 0;
  }

  /** The first page at which something to come contradicts what goes for it, or what is held for any page of its entry. */
  #clash(gone: EntryValue | undefined, coming: EntryValue): number | undefined {
    let found = gone && this.#clashes.ofTrees(gone, coming);
    if (found === undefined)
      this.#held.find(coming.level, coming.page, (old) => {
        found = this.#clashes.ofTree(old, coming);
        return found !== undefined;
      });
    return found;
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
    const words = this.#contents.words(page);
    // Of a page that is not there, none.
    const entries = Math.min(this.#entriesAt(place), words.length >> 1);
    for (let index = 0; index < entries; index++) {
      const low = words[2 * index] ?? 0;
      if ((low & 1) === 0) continue;
      const high = words[2 * index + 1] ?? 0;
      if (this.#kindOf(place.level, { low, high }) === 'table')
        visit(outputPage(this.#shape, low, high), this.#below(place, index));
    }
  }
}
