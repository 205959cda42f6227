import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DigestedFile, PlannedWave, RolloutDocument, RolloutPolicy } from '@kexeckit/rollout';
import { classOf, type FarmConfig, hostName } from '../../src/simulation/config.ts';
import { machineIdOf } from '../../src/simulation/host.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

async function digested(folder: string, name: string, content: string): Promise<DigestedFile> {
  const path = join(folder, name);
  await writeFile(path, content);
  return { path, size: Buffer.byteLength(content), sha256: sha256(content) };
}

const sim = (what: string) => ({ argv: ['sim', what] as [string, ...string[]], on: 'host' as const, limitMs: 60_000 });

/** The policy of rollouts in tests: every hook there is, in the farm's world. */
const farmPolicy: RolloutPolicy = {
  waves: [],
  concurrency: 50,
  failureBudget: 0,
  windows: [],
  drain: sim('drain'),
  restore: sim('restore'),
  health: sim('health'),
  healthWithinMs: 60_000,
  blockers: [],
  console: sim('console'),
  returnWithinMs: 200_000,
  stepLimitMs: 1_200_000,
};

/** A rollout over all hosts of a farm: canaries, then halves. Class keys are digests of what its hosts say of themselves. */
export async function rolloutOver(
  farm: FarmConfig,
  folder: string,
  bundles: readonly Uint8Array[],
  {
    id,
    failureBudget,
    concurrency,
  }: { readonly id: string; readonly failureBudget: number; readonly concurrency: number },
): Promise<RolloutDocument> {
  await mkdir(folder, { recursive: true });
  const [kernel, agent, plan] = await Promise.all([
    digested(folder, 'Image', 'a kernel'),
    digested(folder, 'kexeckit', 'an agent'),
    digested(folder, 'plan', 'a plan'),
  ]);
  const hosts = Array.from({ length: farm.hosts }, (_, at) => {
    const name = hostName(farm, at);
    const key = sha256(bundles[classOf(farm, name)] ?? '');
    return { name, labels: {}, transport: 'simulated', class: key, machineId: machineIdOf(farm.seed, name) };
  });
  const canaries = Math.ceil(farm.hosts / 50);
  const middle = Math.ceil(farm.hosts / 2);
  const wave = (name: string, from: number, to?: number): PlannedWave => ({
    name,
    concurrency,
    failureBudget,
    soakMs: 60_000,
    hosts: hosts.slice(from, to).map((host) => host.name),
  });
  return {
    format: 'kexeckit-rollout/1',
    id,
    policy: { ...farmPolicy, concurrency, failureBudget },
    next: { kernel, cmdline: 'quiet', strategy: 'auto', release: farm.nextRelease, agent },
    classes: bundles.map((bundle) => ({
      key: sha256(bundle),
      strategy: 'mmu-on',
      plan,
      hosts: hosts.filter((host) => host.class === sha256(bundle)).length,
      proof: { checks: 1, rehearsals: 1 },
    })),
    hosts,
    waves: [wave('canary', 0, canaries), wave('half', canaries, middle), wave('rest', middle)],
    failureBudget,
    left: [],
  };
}
