import type { DescriptorSource, EditStep } from '../src/index.ts';
import {
  attributesOf,
  frameOf,
  hasNt,
  isAccessed,
  isHinted,
  isNotGlobal,
  kept,
  kindAt,
  type Layout,
  limited,
  limitsOf,
  nameOf,
  spanAt,
} from './walker-descriptors.ts';
import { type Forgets, forgetsOf } from './walker-tlbi.ts';

// CPUs that walk tables while one of them edits these, at their worst: a store may be seen by any walk, before or after any other
// store, until a DSB; whatever was read is cached, in TLBs and in walk caches, and stays there until a TLBI
// for it is complete; every walk that can happen happens, from the root and from whatever walk caches hold.

/** A value that a walker may read of an entry, and after how many stores it was there. */
interface Value {
  readonly value: bigint;
  readonly age: number;
}

/** What is cached: a translation, or where a walk may go on. */
interface Cached {
  readonly kind: 'leaf' | 'table';
  readonly level: number;
  readonly from: bigint;
  readonly to: bigint;
  /** Output of the first page, or the page of the table. */
  readonly frame: bigint;
  readonly value: bigint;
  readonly age: number;
  readonly limits: bigint;
  readonly asid: bigint;
  readonly isGlobal: boolean;
  /** Of stage 2, in one entry with stage 1. */
  readonly isCombined: boolean;
  /** TLBIs for it that are not complete: it may still be used. */
  going: readonly Forgets[];
}

/** Who walks. `globalOnly`: comes here for what is global, as another address space does. */
export interface Walker {
  readonly asid: bigint;
  readonly globalOnly: boolean;
}

/** What a page is translated to: frame and attributes; `fault`, or `fault on access`, where it is not. */
export type Translation = string;

export class WalkerModel {
  /** What went wrong, in words. */
  readonly faults = new Set<string>();
  readonly #layout: Layout;
  readonly #root: bigint;
  readonly #source: DescriptorSource;
  readonly #bbm: number;
  readonly #walkers: readonly Walker[];
  readonly #pages: readonly bigint[];
  readonly #memory = new Map<number, Value[]>();
  readonly #unordered = new Set<number>();
  readonly #cached = new Map<string, Cached>();
  /** What the editing CPU may have used since its last ISB: `page: entry`. */
  readonly #pipeline = new Set<string>();
  #stores = 0;

  /** @param pages input pages that are accessed all the time. */
  constructor(
    layout: Layout,
    root: number,
    source: DescriptorSource,
    options: { readonly bbm: number; readonly walkers: readonly Walker[]; readonly pages: readonly number[] },
  ) {
    this.#layout = layout;
    this.#root = BigInt(root);
    this.#source = source;
    this.#bbm = options.bbm;
    this.#walkers = options.walkers;
    this.#pages = options.pages.map(BigInt);
  }

  /** The only translation of a page where nothing is cached and all stores are done. */
  settled(page: bigint): Translation {
    const { entries, startLevel } = this.#layout;
    let table = this.#rootAt(page);
    let limits = 0n;
    for (let level = startLevel; ; level++) {
      const span = spanAt(this.#layout, level);
      const { value } = this.#values(table, Number((page / span) % BigInt(entries))).at(-1) ?? { value: 0n };
      const kind = kindAt(this.#layout, level, value);
      if (kind === 'invalid') return 'fault';
      if (kind === 'leaf')
        return this.#leaves(level, page - (page % span), { value, age: 0 }, limits, 0n)
          .slice(0, 1)
          .map((leaf) => this.#translate(page, leaf))
          .join();
      limits |= limitsOf(value);
      table = frameOf(this.#layout, value);
    }
  }

  /**
   * Carries out steps, with walks wherever they can make a difference. Meanwhile pages are what they were `before`, what they
   * are `after`, or fault; at the end caches hold nothing that walkers `after` would not find.
   */
  run(
    steps: readonly EditStep[],
    before: WalkerModel,
    after: WalkerModel,
    free: { readonly pages: readonly number[]; readonly from: number },
  ): void {
    const either = (page: bigint): readonly Translation[] => [before.settled(page), after.settled(page), 'fault'];
    steps.forEach((step, at) => {
      // Stores may be seen in any order until the next barrier: walks in between see no more than walks before that.
      if (at === 0 || (step.kind !== 'write' && step.kind !== 'clear')) this.#accessAll(either, `before step ${at}`);
      if (at === free.from && free.pages.length > 0) this.#reuse(free.pages);
      this.#carryOut(step);
    });
    if (free.from === steps.length && free.pages.length > 0) this.#reuse(free.pages);
    const settled = (page: bigint): readonly Translation[] => [after.settled(page)];
    // Twice: what holds both stages comes from what the first time left.
    for (const when of ['afterwards', 'later']) after.#accessAll(settled, when);
    this.#accessAll(settled, 'at the end');
    this.#compareTo(after);
  }

  #compareTo(after: WalkerModel): void {
    const right = new Set([...after.#cached.values()].map((entry) => this.#nameOf(entry)));
    for (const entry of this.#cached.values()) {
      const name = this.#nameOf(entry);
      if (!right.has(name)) this.faults.add(`at the end caches hold ${name}`);
    }
    for (const used of this.#pipeline)
      if (!after.#pipeline.has(used)) this.faults.add(`the editing CPU may still use ${used}`);
  }

  #nameOf({ kind, level, from, to, frame, value, limits, isGlobal, asid, isCombined }: Cached): string {
    const what = kind === 'leaf' ? nameOf(this.#layout, level, value) : 'table';
    const who = isGlobal ? 'all' : asid;
    return `${from} to ${to} at level ${level}: ${frame} ${what} under ${limits} of ${who}${isCombined ? ' with stage 1' : ''}`;
  }

  #carryOut(step: EditStep): void {
    switch (step.kind) {
      case 'clear':
        for (let index = 0; index < this.#layout.entries; index++) this.#store(step.table, index, 0n);
        break;
      case 'write':
        this.#store(step.table, step.index, (BigInt(step.high >>> 0) << 32n) | BigInt(step.low >>> 0));
        break;
      case 'dsb':
        if (!step.domain.startsWith('nsh')) this.#barrier(!step.domain.endsWith('st'));
        break;
      case 'tlbi': {
        const forgets = forgetsOf(this.#layout, step);
        if (forgets === undefined) break;
        for (const entry of this.#cached.values())
          if (isForgotten(entry, forgets)) entry.going = [...entry.going, forgets];
        break;
      }
      case 'isb':
        this.#pipeline.clear();
        break;
    }
  }

  #values(table: bigint, index: number): Value[] {
    const key = keyOf(Number(table), index);
    const known = this.#memory.get(key);
    if (known !== undefined) return known;
    const read = this.#source.descriptor(Number(table), index) ?? { low: 0, high: 0 };
    const values = [{ value: (BigInt(read.high >>> 0) << 32n) | BigInt(read.low >>> 0), age: 0 }];
    this.#memory.set(key, values);
    return values;
  }

  #store(table: number, index: number, value: bigint): void {
    this.#stores += 1;
    const values = this.#values(BigInt(table), index);
    if (values.at(-1)?.value === value) return;
    values.push({ value, age: this.#stores });
    this.#unordered.add(keyOf(table, index));
  }

  #barrier(isForAll: boolean): void {
    for (const key of this.#unordered) this.#memory.get(key)?.splice(0, (this.#memory.get(key)?.length ?? 1) - 1);
    this.#unordered.clear();
    if (!isForAll) return;
    for (const [key, entry] of this.#cached) if (entry.going.length > 0) this.#cached.delete(key);
  }

  /** Pages that were freed hold something else from now on. */
  #reuse(pages: readonly number[]): void {
    for (const { kind, frame, from } of this.#cached.values())
      if (kind === 'table' && pages.includes(Number(frame)))
        this.faults.add(`a walker may use freed page ${frame} for ${from}`);
    for (const page of pages)
      for (let index = 0; index < this.#layout.entries; index++)
        this.#memory.set(keyOf(page, index), [{ value: JUNK, age: 0 }]);
  }

  #accessAll(allowed: (page: bigint) => readonly Translation[], when: string): void {
    for (const page of this.#pages) {
      const expected = allowed(page);
      for (const walker of this.#walkers)
        for (const [entry, translation] of this.#access(page, walker)) {
          this.#pipeline.add(`${entry} for ${page}`);
          if (!expected.includes(translation))
            this.faults.add(`${when} page ${page} is ${translation}, not ${expected.join(' or ')}`);
        }
    }
  }

  /** Everything that an access may get, and from what entry. */
  #access(page: bigint, walker: Walker): Map<string, Translation> {
    const found = new Map<string, Translation>();
    this.#walk(page, walker, this.#layout.startLevel, this.#rootAt(page), 0n, undefined, found);
    for (const entry of [...this.#cached.values()])
      if (entry.kind === 'table' && this.#holds(entry, page, walker))
        this.#walk(page, walker, entry.level + 1, entry.frame, entry.limits, entry, found);
    for (const entry of [...this.#cached.values()])
      if (entry.kind === 'leaf' && this.#holds(entry, page, walker)) {
        found.set(this.#nameOf(entry), this.#translate(page, entry));
        if (this.#layout.isStage2 && !entry.isCombined) this.#keep({ ...entry, isCombined: true }, entry);
      }
    return found;
  }

  #holds({ from, to, isGlobal, asid }: Cached, page: bigint, walker: Walker): boolean {
    return from <= page && page < to && (isGlobal || asid === walker.asid);
  }

  #rootAt(page: bigint): bigint {
    return this.#root + page / (spanAt(this.#layout, this.#layout.startLevel) * BigInt(this.#layout.entries));
  }

  /** Goes on from a table in every way; whether that ends at a global leaf. `by`: where it began, if not at the root. */
  #walk(
    page: bigint,
    walker: Walker,
    level: number,
    table: bigint,
    limits: bigint,
    by: Cached | undefined,
    found: Map<string, Translation>,
  ): boolean {
    const span = spanAt(this.#layout, level);
    let endsGlobal = false;
    for (const value of [...this.#values(table, Number((page / span) % BigInt(this.#layout.entries)))]) {
      const kind = kindAt(this.#layout, level, value.value);
      const from = page - (page % span);
      if (kind === 'invalid') found.set('fault', 'fault');
      else if (kind === 'leaf') {
        for (const leaf of this.#leaves(level, from, value, limits, walker.asid)) {
          if (walker.globalOnly && !leaf.isGlobal) continue;
          endsGlobal ||= leaf.isGlobal;
          found.set(this.#nameOf(leaf), this.#translate(page, leaf));
          if (isAccessed(value.value)) this.#keep(leaf, by);
        }
      } else {
        const frame = frameOf(this.#layout, value.value);
        const rest = { level, from, to: from + span, frame, value: value.value, age: value.age, asid: walker.asid };
        const below = limits | limitsOf(value.value);
        const isUsed = this.#walk(page, walker, level + 1, frame, below, by, found);
        endsGlobal ||= isUsed;
        if (isUsed || !walker.globalOnly)
          this.#keep({ kind: 'table', ...rest, limits: below, isGlobal: false, isCombined: false, going: [] }, by);
      }
    }
    return endsGlobal;
  }

  /** A leaf, as one entry holds it; with the hint another may hold its whole group. */
  #leaves(level: number, page: bigint, { value, age }: Value, limits: bigint, asid: bigint): Cached[] {
    const span = spanAt(this.#layout, level);
    const output = frameOf(this.#layout, value);
    const isGlobal = !this.#layout.hasAsids || !isNotGlobal(value);
    const sizes = isHinted(value) ? [1n, BigInt(this.#layout.grouped[level] ?? 1)] : [1n];
    return sizes.map((size) => {
      const from = page - (page % (span * size));
      const place = { kind: 'leaf' as const, level, from, to: from + span * size };
      const frame = output - (output % span) - (page - from);
      return { ...place, frame, value, age, limits, asid, isGlobal, isCombined: false, going: [] };
    });
  }

  #translate(page: bigint, { from, frame, value, limits }: Cached): Translation {
    if (!isAccessed(value)) return 'fault on access';
    const attributes = limited(this.#layout, attributesOf(this.#layout, value), limits);
    return `${(frame + page - from).toString(16)} as ${attributes.toString(16)}`;
  }

  /**
   * Caches an entry that was found by way of another. One TLBI that is for both takes both; of two that are each for one of them
   * the second may be done before the first.
   */
  #keep(entry: Cached, by: Cached | undefined): void {
    const { kind, level, from, to, frame, value, limits, asid, isGlobal, isCombined } = entry;
    const key = [kind, level, from, to, frame, value, limits, isGlobal || asid, isCombined].join();
    const known = this.#cached.get(key);
    const going = by?.going.filter((forgets) => isForgotten(entry, forgets)) ?? [];
    if (known !== undefined) {
      if (known.going.length > 0) known.going = going;
      return;
    }
    for (const other of this.#cached.values()) this.#compare(entry, other);
    this.#cached.set(key, { ...entry, going });
  }

  /** Two entries that a TLB must not find at once. */
  #compare(a: Cached, b: Cached): void {
    if (a.to <= b.from || b.to <= a.from || a.isCombined !== b.isCombined) return;
    if (!a.isGlobal && !b.isGlobal && a.asid !== b.asid) return;
    const [old, now] = a.age <= b.age ? [a, b] : [b, a];
    if (this.#conflict(old, now))
      this.faults.add(`${now.from} at level ${now.level} conflicts with ${old.from} at level ${old.level}`);
  }

  #conflict(old: Cached, now: Cached): boolean {
    if (old.kind === 'table' || now.kind === 'table') {
      if (old.level !== now.level) return false;
      if (old.kind === now.kind) return old.frame !== now.frame;
      const leaf = old.kind === 'leaf' ? old : now;
      return !(this.#bbm === 2 || (this.#bbm === 1 && hasNt(leaf.level, leaf.value)));
    }
    const [one, other] = [attributesOf(this.#layout, old.value), attributesOf(this.#layout, now.value)];
    if (old.frame - old.from !== now.frame - now.from) return true;
    if (kept(one) !== kept(other)) return true;
    if (isNotGlobal(old.value) && !isNotGlobal(now.value) && this.#layout.hasAsids) return true;
    if (old.level !== now.level) {
      const larger = old.level < now.level ? old : now;
      return one !== other || !(this.#bbm === 2 || (this.#bbm === 1 && hasNt(larger.level, larger.value)));
    }
    if (isHinted(old.value) !== isHinted(now.value)) return this.#bbm < 2 || one !== other;
    return hasNt(old.level, old.value) !== hasNt(now.level, now.value) && this.#bbm === 0;
  }
}

const keyOf = (table: number, index: number): number => table * 2 ** 13 + index;

/** Valid descriptors at every level that lead to where nothing ever was. */
const JUNK = 0x7fff_f000_0703n;

function isForgotten(entry: Cached, { from, to, tables, level, asid, ownOnly, stage2, combined }: Forgets): boolean {
  if (entry.to <= from || to <= entry.from) return false;
  if (entry.isCombined ? !combined : !stage2) return false;
  if (entry.kind === 'table') return tables && (asid === undefined || entry.asid === asid);
  if (level !== undefined && level !== entry.level) return false;
  if (ownOnly && entry.isGlobal) return false;
  return asid === undefined || entry.isGlobal || entry.asid === asid;
}
