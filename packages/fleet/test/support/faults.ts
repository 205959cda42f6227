import { checkStatus, resultsOf } from '@kexeckit/rollout';
import { judge } from '../../src/simulation/judge/judge.ts';
import type { ChaosEnd } from './chaos.ts';

/** Every rule that was broken, as the farm's own ledger has it; with what the status itself does not add up to. */
export function faultsOf(
  { chaos: { scale }, document, status, ledger }: ChaosEnd,
  bypassed: readonly string[] = [],
): readonly unknown[] {
  const { outcomes } = status;
  // Between the look at the gate and the commit that it lets through: a second on the wall.
  const graceMs = 1000 / scale;
  const knownWithinMs = 20_000 / scale;
  return [
    ...judge({ ledger, document, results: resultsOf(status), outcomes, graceMs, knownWithinMs, bypassed }),
    ...checkStatus(status, document),
  ];
}

export const sumOf = ({ status }: ChaosEnd): number =>
  Object.values(status.outcomes).reduce((sum, count) => sum + count, 0);
