import type { Frame } from './frame.ts';
import type { PhysicalMemory } from './memory.ts';
import { FRAME_DESCRIPTORS } from './sizes.ts';

/** A descriptor that a walk has used, so that a TLB may hold what it said. */
interface Known {
  readonly frame: Frame;
  /** Index of the descriptor in its frame. */
  readonly index: number;
  low: number;
  high: number;
  /** Found invalid since, but not invalidated in the TLB yet. */
  broken: boolean;
}

/** A descriptor that was changed as no live descriptor may be. */
export interface TableBreach {
  /** Physical address of the descriptor. */
  readonly address: bigint;
  readonly detail: string;
}

// What may change in a live descriptor: permissions, the access flag, software's bits (Arm ARM D8.17.1).
const FREE_LOW = 0x4c0;
const FREE_HIGH = 0xffec_0000;

/** Names a descriptor: page frame number and index in one number, its physical address / 8. */
export const descriptorKey = (pfn: number, index: number): number => pfn * FRAME_DESCRIPTORS + index;

/** Remembers which descriptors may be cached, and finds those that changed without break-before-make. */
export class TableWatch {
  readonly #memory: PhysicalMemory;
  readonly #known = new Map<number, Known>();
  #seen = -1;

  constructor(memory: PhysicalMemory) {
    this.#memory = memory;
  }

  /** A walk used this descriptor. */
  used(pfn: number, frame: Frame, index: number, low: number, high: number): void {
    if ((low & 1) === 0) return;
    const key = descriptorKey(pfn, index);
    if (!this.#known.has(key)) this.#known.set(key, { frame, index, low, high, broken: false });
  }

  /** Looks at every descriptor that may be cached, if a table was written since the last look. */
  check(): TableBreach | undefined {
    if (this.#seen === this.#memory.tableWrites) return undefined;
    this.#seen = this.#memory.tableWrites;
    for (const [key, known] of this.#known) {
      const breach = compare(known);
      if (breach !== undefined) return { address: BigInt(key) * 8n, detail: breach };
    }
    return undefined;
  }

  /** A completed invalidation: these descriptors are cached no more. Without keys, none is. */
  forget(keys?: Iterable<number>): void {
    if (keys === undefined) this.#known.clear();
    else for (const key of keys) this.#known.delete(key);
  }
}

function compare(known: Known): string | undefined {
  const low = known.frame.coherentWord(2 * known.index);
  const high = known.frame.coherentWord(2 * known.index + 1);
  if ((low & 1) === 0) {
    known.broken = true;
    return undefined;
  }
  const same = ((low ^ known.low) & ~FREE_LOW) === 0 && ((high ^ known.high) & ~FREE_HIGH) === 0;
  if (!same) {
    const was = known.broken
      ? 'was made valid again before the old one was invalidated in the TLB'
      : 'was never broken';
    return `the descriptor ${hex(known.high, known.low)} became ${hex(high, low)} and ${was}`;
  }
  known.low = low;
  known.high = high;
  known.broken = false;
  return undefined;
}

const hex = (high: number, low: number): string =>
  `0x${(high >>> 0).toString(16)}${(low >>> 0).toString(16).padStart(8, '0')}`;
