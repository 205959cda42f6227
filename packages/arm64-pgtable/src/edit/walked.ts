import type { PageSpan } from '../page-span.ts';
import type { Shape, Space } from '../space.ts';
import type { DsbDomain, EditStep } from './steps.ts';
import { Swept } from './swept.ts';
import { completesTlbi, isShared } from './tlb.ts';
import { type Reach, reachOf, targetOf } from './tlbi-reach.ts';

/** A table that was walked for every identifier, and whether walk caches were told to forget it. */
interface Walked {
  readonly table: number;
  readonly pages: PageSpan;
  state: 'unseen' | 'held' | 'going';
}

/** Those of one size, by their first page. */
type BySize = Map<number, Set<Walked>>;

/**
 * Tables that global leaves were taken from: they were walked for every address space identifier, and stay so for walk caches
 * until an instruction for all of these is complete.
 */
export class WalkedTables {
  readonly #space: Space;
  readonly #shape: Shape;
  /** By table, and by the first page of each place that it was walked at. */
  readonly #known = new Map<number, Map<number, Walked>>();
  /** Those that an instruction can tell to go, by size. */
  readonly #held = new Map<number, BySize>();
  readonly #swept = new Swept();
  /** What the next barriers act on. */
  #unseen: Walked[] = [];
  #going: Walked[] = [];

  constructor(space: Space, shape: Shape) {
    this.#space = space;
    this.#shape = shape;
  }

  has(table: number): boolean {
    return this.#known.has(table);
  }

  /** @param pages what the table translates: as many as a table of its level does, from a multiple of these on. */
  add(table: number, pages: PageSpan): void {
    const walked: Walked = { table, pages, state: 'unseen' };
    this.#known.set(table, (this.#known.get(table) ?? new Map<number, Walked>()).set(pages.from, walked));
    this.#unseen.push(walked);
  }

  barrier(domain: DsbDomain): void {
    if (!isShared(domain)) return;
    for (const walked of this.#unseen) if (this.#isKnown(walked)) this.#hold(walked);
    this.#unseen = [];
    if (!completesTlbi(domain)) return;
    for (const walked of this.#going) if (this.#isKnown(walked)) this.#forget(walked);
    this.#going = [];
  }

  invalidate({ operation, operand = 0n }: Extract<EditStep, { kind: 'tlbi' }>): void {
    const reach = reachOf(this.#space, operation);
    if (this.#known.size === 0 || reach === undefined || !this.#isForAll(reach)) return;
    const all = { from: 0, to: this.#shape.inputPages, level: undefined };
    const target = reach.by === 'everything' ? all : targetOf(this.#space, this.#shape, reach, operand);
    // With the level of a leaf no table need go.
    if (target === undefined || target.level !== undefined) return;
    for (const part of this.#swept.sweep('', target.from, target.to))
      for (const [size, tables] of this.#held) this.#takeOut(size, tables, part);
  }

  /** Whether it was not walked anew since. */
  #isKnown(walked: Walked): boolean {
    return this.#known.get(walked.table)?.get(walked.pages.from) === walked;
  }

  #forget({ table, pages }: Walked): void {
    const places = this.#known.get(table);
    places?.delete(pages.from);
    if (places?.size === 0) this.#known.delete(table);
  }

  #hold(walked: Walked): void {
    const { from, to } = walked.pages;
    walked.state = 'held';
    const tables: BySize = this.#held.get(to - from) ?? new Map();
    this.#held.set(to - from, tables);
    tables.set(from, (tables.get(from) ?? new Set()).add(walked));
    this.#swept.change(from, to);
  }

  /** Those of a size that translate any of some pages go, found with fewer looks than there are places or tables. */
  #takeOut(size: number, tables: BySize, { from, to }: PageSpan): void {
    const [first, last] = [Math.floor(from / size), Math.ceil(to / size)];
    if (last - first < tables.size) for (let at = first; at < last; at++) this.#take(tables, at * size);
    else for (const at of tables.keys()) if (first <= at / size && at / size < last) this.#take(tables, at);
  }

  #take(tables: BySize, at: number): void {
    for (const walked of tables.get(at) ?? []) {
      walked.state = 'going';
      this.#going.push(walked);
    }
    tables.delete(at);
  }

  #isForAll({ last, asidIn }: Reach): boolean {
    return last !== true && asidIn?.includes(this.#space.regime) !== true;
  }
}
