import type { Frame } from './frame.ts';
import { KeptMap, type MapPoint } from './kept-map.ts';
import type { PhysicalMemory } from './memory.ts';
import { FRAME_DESCRIPTORS } from './sizes.ts';
import type { TranslationRegime } from './system.ts';
import { reaches } from './tlb.ts';
import type { Invalidation } from './translation.ts';

/** What a descriptor was read for: so it may be cached, until this is invalidated. */
export interface DescriptorUse {
  regime: TranslationRegime;
  asid: number;
  /** First virtual page (4 KiB) that it covers, and how many. */
  first: number;
  pages: number;
  /** Whether it is a block or page. */
  leaf: boolean;
}

/** A descriptor that a walk has used, so that a TLB may hold what it said. */
interface Known {
  readonly frame: Frame;
  /** Index of the descriptor in its frame. */
  readonly index: number;
  readonly low: number;
  readonly high: number;
  /** Found invalid since, but not invalidated in the TLB yet. */
  readonly broken: boolean;
  readonly uses: readonly Readonly<DescriptorUse>[];
}

/** What a snapshot keeps of it. */
export interface TableWatchSnapshot {
  readonly known: MapPoint<number, Known>;
  readonly seen: number;
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
  readonly #known = new KeptMap<number, Known>();
  #seen = -1;

  constructor(memory: PhysicalMemory) {
    this.#memory = memory;
  }

  /** A walk used this descriptor, which is valid, for this; `use` may change afterwards. */
  used(key: number, low: number, high: number, use: DescriptorUse): void {
    const held = this.#known.get(key);
    if (held !== undefined) {
      if (!isAmong(held.uses, use)) this.#known.set(key, { ...held, uses: [...held.uses, copyOf(use)] });
      return;
    }
    const frame = this.#memory.frame(Math.floor(key / FRAME_DESCRIPTORS));
    if (frame === undefined) return;
    this.#known.set(key, { frame, index: key % FRAME_DESCRIPTORS, low, high, broken: false, uses: [copyOf(use)] });
  }

  /** Looks at every descriptor that may be cached, if a table was written since the last look. */
  check(): TableBreach | undefined {
    if (this.#seen === this.#memory.tableWrites) return undefined;
    this.#seen = this.#memory.tableWrites;
    for (const [key, known] of this.#known) {
      const now = compare(known);
      if (typeof now === 'string') return { address: BigInt(key) * 8n, detail: now };
      this.#known.set(key, now);
    }
    return undefined;
  }

  /** A completed invalidation: what it reaches is cached no more, except descriptors that outlive it. */
  invalidate(what: Invalidation, outlives: (key: number) => boolean): void {
    const isReached = (use: DescriptorUse): boolean =>
      use.regime === what.regime && (use.leaf || !what.lastLevel) && reaches(what, use);
    for (const [key, known] of this.#known) {
      if (!known.uses.some(isReached) || outlives(key)) continue;
      const uses = known.uses.filter((use) => !isReached(use));
      if (uses.length === 0) this.#known.delete(key);
      else this.#known.set(key, { ...known, uses });
    }
  }

  /** Nothing is cached. */
  clear(): void {
    this.#known.clear();
  }

  /** Everything, for a snapshot. */
  save(): TableWatchSnapshot {
    return { known: this.#known.save(), seen: this.#seen };
  }

  restore({ known, seen }: TableWatchSnapshot): void {
    this.#known.restore(known);
    this.#seen = seen;
  }
}

const copyOf = ({ regime, asid, first, pages, leaf }: DescriptorUse): DescriptorUse => ({
  regime,
  asid,
  first,
  pages,
  leaf,
});

function isAmong(uses: Known['uses'], { regime, asid, first, pages, leaf }: DescriptorUse): boolean {
  for (const use of uses)
    if (use.first === first && use.pages === pages && use.asid === asid && use.regime === regime && use.leaf === leaf)
      return true;
  return false;
}

/** A descriptor as it is found now, or how it was changed against the rule. */
function compare(known: Known): Known | string {
  const low = known.frame.coherentWord(2 * known.index);
  const high = known.frame.coherentWord(2 * known.index + 1);
  if ((low & 1) === 0) return known.broken ? known : { ...known, broken: true };
  const same = ((low ^ known.low) & ~FREE_LOW) === 0 && ((high ^ known.high) & ~FREE_HIGH) === 0;
  if (!same) {
    const was = known.broken
      ? 'was made valid again before the old one was invalidated in the TLB'
      : 'was never broken';
    return `the descriptor ${hex(known.high, known.low)} became ${hex(high, low)} and ${was}`;
  }
  return low === known.low && high === known.high && !known.broken ? known : { ...known, low, high, broken: false };
}

const hex = (high: number, low: number): string =>
  `0x${(high >>> 0).toString(16)}${(low >>> 0).toString(16).padStart(8, '0')}`;
