import { OUTER } from './barrier.ts';
import { KeptMap, type MapPoint } from './kept-map.ts';
import type { Tlb, TlbEntry } from './tlb.ts';
import type { TranslationFailure } from './translation.ts';

/** An entry, and where it is. */
export interface Placed {
  readonly tlb: Tlb;
  readonly entry: TlbEntry;
  /** Its virtual page number. */
  readonly vpn: number;
}

/** The TLB entries that lead to each frame: those that are live must agree in their attributes (Arm ARM B2.10.4). */
export class Aliases {
  /** By page frame number; some of them may be in no TLB any more. */
  readonly #placed = new KeptMap<number, readonly Placed[]>();

  /** An entry comes into a TLB; says whether another, of any regime and address space, does not agree with it. */
  add(tlb: Tlb, entry: TlbEntry, vpn: number): TranslationFailure | undefined {
    const held = this.#placed.get(entry.pfn);
    if (held === undefined) {
      this.#placed.set(entry.pfn, [{ tlb, entry, vpn }]);
      return undefined;
    }
    const live = held.filter((each) => each.tlb.holds(each.vpn, each.entry));
    this.#placed.set(entry.pfn, [...live, { tlb, entry, vpn }]);
    const other = live.find((each) => !areAlike(each.entry, entry));
    if (other === undefined) return undefined;
    const both = `${saying(vpn, entry)}, ${saying(other.vpn, other.entry)}`;
    return { fault: 'mismatched-attributes', detail: `${both}, both lead to frame 0x${entry.pfn.toString(16)}` };
  }

  clear(): void {
    this.#placed.clear();
  }

  /** Everything, for a snapshot. */
  save(): MapPoint<number, readonly Placed[]> {
    return this.#placed.save();
  }

  restore(saved: MapPoint<number, readonly Placed[]>): void {
    this.#placed.restore(saved);
  }
}

/** Whether two entries agree in memory type and, as far as it counts, shareability. */
const areAlike = (a: TlbEntry, b: TlbEntry): boolean =>
  a.type === b.type && (a.domain === b.domain || a.type.startsWith('Device') || a.type === 'Normal-NC');

const saying = (vpn: number, { type, domain = OUTER }: TlbEntry): string =>
  `page 0x${vpn.toString(16)} is ${type} (${['non', 'inner', 'outer'][domain] ?? ''} shareable)`;
