import type { PlannedSegment, Proof } from '@kexeckit/relocation';
import type { PlanTotalsJson } from '../json/plan-parts.ts';

/** What a plan comes to: its segments in bytes, and how much was checked. */
export function planTotals(segments: readonly PlannedSegment[], { checks }: Proof): PlanTotalsJson {
  return {
    segments: segments.length,
    memoryBytes: segments.reduce((sum, { memsz }) => sum + Number(memsz), 0),
    contentBytes: segments.reduce((sum, { bufsz }) => sum + Number(bufsz), 0),
    invariants: checks.length,
    checked: checks.reduce((sum, { checked }) => sum + checked, 0),
    violations: checks.reduce((sum, { violations }) => sum + violations, 0),
  };
}
