import type { Interrupt } from './exceptions.ts';
import type { ExceptionLevel } from './system.ts';

/** For each kind, how many instructions have retired when it becomes pending; 0 is before the first. */
export type InterruptArrivals = Readonly<Partial<Record<Interrupt, number>>>;

/** An interrupt that is taken. */
interface Taken {
  readonly kind: Interrupt;
  readonly level: ExceptionLevel;
}

/** In the order in which they are taken, with the bit of PSTATE.DAIF that masks each. */
const masks: readonly (readonly [Interrupt, number])[] = [
  ['serror', 4],
  ['irq', 2],
  ['fiq', 1],
];

/** What a snapshot keeps of them. */
export interface InterruptsSnapshot {
  readonly pending: readonly Interrupt[];
  readonly arriving: readonly (readonly [Interrupt, number])[];
}

/** Exceptions that no instruction causes, of one CPU: once pending they stay so, as a level that nobody acknowledges. */
export class Interrupts {
  readonly #pending = new Set<Interrupt>();
  #arriving: readonly (readonly [Interrupt, number])[];

  constructor(arrivals: InterruptArrivals = {}) {
    this.#arriving = masks.flatMap(([kind]) => {
      const after = arrivals[kind];
      return after === undefined ? [] : [[kind, after] as const];
    });
  }

  /** What is pending and what is yet to come, for a snapshot. */
  save(): InterruptsSnapshot {
    return { pending: [...this.#pending], arriving: this.#arriving };
  }

  restore({ pending, arriving }: InterruptsSnapshot): void {
    this.#pending.clear();
    for (const kind of pending) this.#pending.add(kind);
    this.#arriving = arriving;
  }

  /** Makes one pending from now on. */
  raise(kind: Interrupt): void {
    this.#pending.add(kind);
  }

  /** Takes one back, as its device does when it is served. */
  lower(kind: Interrupt): void {
    this.#pending.delete(kind);
  }

  /** Brings in what has arrived after so many instructions; says in how many more the next one does. */
  until(instructions: number): number {
    if (this.#arriving.length === 0) return Number.POSITIVE_INFINITY;
    for (const [kind, after] of this.#arriving) if (after <= instructions) this.raise(kind);
    this.#arriving = this.#arriving.filter(([, after]) => after > instructions);
    return this.#arriving.reduce((least, [, after]) => Math.min(least, after - instructions), Number.POSITIVE_INFINITY);
  }

  /** Whether one is pending, masked or not. */
  get isPending(): boolean {
    return this.#pending.size > 0;
  }

  /** WFI: whether one is pending, or else is the next to come, which then has come. */
  wake(): boolean {
    if (!this.isPending) {
      const first = this.#arriving.reduce((least, [, after]) => Math.min(least, after), Number.POSITIVE_INFINITY);
      this.until(first);
    }
    return this.isPending;
  }

  /** The one to take, and the level that it goes to, where that of each is known by whether PSTATE.DAIF masks it. */
  next(daif: number, levelOf: (kind: Interrupt, isMasked: boolean) => ExceptionLevel | undefined): Taken | undefined {
    for (const [kind, mask] of masks) {
      const level = this.#pending.has(kind) ? levelOf(kind, (daif & mask) !== 0) : undefined;
      if (level !== undefined) return { kind, level };
    }
    return undefined;
  }
}
