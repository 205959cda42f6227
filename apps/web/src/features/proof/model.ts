import { type Invariant, invariants, type Proof, type Violation } from '@kexeckit/relocation';
import { hex } from '../../shared/format.ts';

/** One invariant, and what came of it. */
export interface ProofRow {
  readonly invariant: string;
  readonly statement: string;
  /** `undefined` before a proof is there. */
  readonly checked: number | undefined;
  /** What is counted, as that number has it; empty before. */
  readonly unit: string;
  readonly violations: number;
  /** The first violations, in words. */
  readonly found: readonly string[];
}

/** The invariants as a list of rows; without a proof, their statements alone. */
export function proofRows(proof: Proof | undefined): ProofRow[] {
  if (proof === undefined) {
    return Object.entries(invariants).map(([invariant, statement]) => ({
      invariant,
      statement,
      checked: undefined,
      unit: '',
      violations: 0,
      found: [],
    }));
  }
  return proof.checks.map(({ invariant, statement, checked, unit, violations }) => ({
    invariant,
    statement,
    checked,
    unit,
    violations,
    found: foundOf(proof.violations, invariant),
  }));
}

function foundOf(violations: readonly Violation[], invariant: Invariant): string[] {
  return violations
    .filter((violation) => violation.invariant === invariant)
    .map(({ address, owners, detail }) => {
      const where = address === undefined ? '' : `${hex(address)} `;
      return `${where}(${owners.join(', ')}): ${detail}`;
    });
}
