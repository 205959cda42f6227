import type { PageSpan } from '../page-span.ts';
import type { Shape, Space } from '../space.ts';
import type { DsbDomain, EditStep } from './steps.ts';
import { completesTlbi, isShared } from './tlb.ts';
import { type Reach, reachOf, targetOf } from './tlbi-reach.ts';

/** A table that was walked for every identifier, and whether walk caches were told to forget it. */
interface Walked {
  readonly pages: PageSpan;
  state: 'unseen' | 'held' | 'going';
}

/**
 * Tables that global leaves were taken from: they were walked for every address space identifier, and stay so for walk caches
 * until an instruction for all of these is complete.
 */
export class WalkedTables {
  readonly #space: Space;
  readonly #shape: Shape;
  readonly #known = new Map<number, Walked>();
  /** What the next barriers act on. */
  #unseen: Walked[] = [];
  #going: number[] = [];

  constructor(space: Space, shape: Shape) {
    this.#space = space;
    this.#shape = shape;
  }

  has(table: number): boolean {
    return this.#known.has(table);
  }

  /** @param pages what the table translates. */
  add(table: number, pages: PageSpan): void {
    const walked: Walked = { pages, state: 'unseen' };
    this.#known.set(table, walked);
    this.#unseen.push(walked);
  }

  barrier(domain: DsbDomain): void {
    if (!isShared(domain)) return;
    for (const walked of this.#unseen) walked.state = 'held';
    this.#unseen = [];
    if (!completesTlbi(domain)) return;
    for (const table of this.#going) if (this.#known.get(table)?.state === 'going') this.#known.delete(table);
    this.#going = [];
  }

  invalidate({ operation, operand = 0n }: Extract<EditStep, { kind: 'tlbi' }>): void {
    const reach = reachOf(this.#space, operation);
    if (this.#known.size === 0 || reach === undefined || !this.#isForAll(reach)) return;
    const all = { from: 0, to: this.#shape.inputPages, level: undefined };
    const target = reach.by === 'everything' ? all : targetOf(this.#space, this.#shape, reach, operand);
    // With the level of a leaf no table need go.
    if (target === undefined || target.level !== undefined) return;
    for (const [table, walked] of this.#known)
      if (walked.state === 'held' && walked.pages.from < target.to && target.from < walked.pages.to) {
        walked.state = 'going';
        this.#going.push(table);
      }
  }

  #isForAll({ last, asidIn }: Reach): boolean {
    return last !== true && asidIn?.includes(this.#space.regime) !== true;
  }
}
