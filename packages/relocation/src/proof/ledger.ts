import { addressOf } from '../page.ts';
import { type Checked, type Invariant, invariants, type Proof, unitOf, type Violation } from './invariants.ts';

/** How many violations of one invariant are told in full. */
const TOLD = 8;

const isInvariant = (text: string): text is Invariant => Object.hasOwn(invariants, text);

/** Collects what a proof has checked and found. */
export class Ledger {
  readonly #checked = new Map<Invariant, number>();
  readonly #found = new Map<Invariant, number>();
  readonly #violations: Violation[] = [];

  /** Notes that so many more items of an invariant were looked at. */
  checked(invariant: Invariant, count: number): void {
    this.#checked.set(invariant, (this.#checked.get(invariant) ?? 0) + count);
  }

  /** Whether the next violation of an invariant will be told in full, or only counted. */
  tells(invariant: Invariant): boolean {
    return (this.#found.get(invariant) ?? 0) < TOLD;
  }

  /** Notes a violation; `pfn` is the page that it is about. */
  violated(invariant: Invariant, pfn: number | undefined, owners: readonly string[], detail: string): void {
    const found = (this.#found.get(invariant) ?? 0) + 1;
    this.#found.set(invariant, found);
    if (found > TOLD) return;
    this.#violations.push({ invariant, address: pfn === undefined ? undefined : addressOf(pfn), owners, detail });
  }

  /** The finished proof. An invariant that nothing applied to is listed with a count of zero. */
  close(): Proof {
    const checks = Object.keys(invariants)
      .filter(isInvariant)
      .map((invariant): Checked => {
        const checked = this.#checked.get(invariant) ?? 0;
        const violations = this.#found.get(invariant) ?? 0;
        return { invariant, statement: invariants[invariant], checked, unit: unitOf(invariant, checked), violations };
      });
    return { checks, violations: this.#violations };
  }
}
