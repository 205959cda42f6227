import type { RebootReport } from '@kexeckit/reboot';

/** Reports as JSON: timelines, read-backs, facts and proofs; addresses as `0x…` strings. */
export function reportAsJson(reports: readonly RebootReport[]): string {
  const plain = reports.map(({ plan, proof, timeline, destinations, facts }) => ({
    machine: plan.machine,
    strategy: plan.relocation.strategy,
    exceptionLevel: plan.relocation.exceptionLevel,
    seed: plan.seed,
    segments: plan.relocation.placement.segments,
    cmdline: plan.cmdline,
    generation: plan.generation,
    timeline: timeline.phases,
    destinations,
    facts: Object.fromEntries(facts),
    proof,
  }));
  return `${JSON.stringify(plain, (_, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value), 2)}\n`;
}
