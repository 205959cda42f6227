import type { DigestedFile, RolloutDocument, RolloutPolicy } from '@kexeckit/rollout';

const file = (path: string): DigestedFile => ({ path, size: 1, sha256: path.padEnd(64, '0').slice(0, 64) });

const policy: RolloutPolicy = {
  waves: [],
  concurrency: 4,
  failureBudget: 1,
  windows: [],
  healthWithinMs: 60_000,
  blockers: [],
  returnWithinMs: 60_000,
  stepLimitMs: 60_000,
};

/** A rollout over hosts `a0` … of one class, in waves of the sizes that are given. */
export function documentOver(id: string, waves: readonly number[], more: Partial<RolloutPolicy> = {}): RolloutDocument {
  const whole = { ...policy, ...more };
  const names = waves.map((size, wave) => Array.from({ length: size }, (_, at) => `w${wave}h${at}`));
  const all = names.flat();
  return {
    format: 'kexeckit-rollout/1',
    id,
    policy: whole,
    next: { kernel: file('kernel'), cmdline: '', strategy: 'auto', release: 'new', agent: file('agent') },
    classes: [
      { key: 'class', strategy: 'mmu-on', plan: file('plan'), hosts: all.length, proof: { checks: 1, rehearsals: 1 } },
    ],
    hosts: all.map((name) => ({ name, labels: {}, transport: 'fake', class: 'class', machineId: `machine-${name}` })),
    waves: names.map((hosts, at) => ({
      name: `wave-${at}`,
      concurrency: whole.concurrency,
      failureBudget: Number(whole.failureBudget),
      soakMs: 0,
      hosts,
    })),
    failureBudget: Number(whole.failureBudget),
    left: [],
  };
}
