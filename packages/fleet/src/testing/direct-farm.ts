import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DigestedFile, HostEntry, NextSystem, RolloutDocument, RolloutPolicy } from '@kexeckit/rollout';
import type { Clock } from '../clock.ts';
import { FleetError } from '../error.ts';
import { type FarmInput, farmConfig, farmHosts } from '../simulation/config.ts';
import { Farm } from '../simulation/farm.ts';
import type { RunRequest, RunResult, Transport } from '../transport/transport.ts';

/** A farm without sockets and without waiting: its clock jumps to when each answer comes. */
export class DirectFarm implements Transport {
  readonly name = 'simulated';
  readonly farm: Farm;
  readonly worker: string;
  now = 0;
  readonly clock: Clock = {
    scale: 1,
    now: () => this.now,
    sleep: async (ms) => {
      this.now += ms;
    },
  };

  constructor(input: Partial<FarmInput> = {}, worker = 'w1') {
    const clock = { scale: 1, start: 0, realStart: 0 };
    this.farm = new Farm(farmConfig({ seed: 1, hosts: 10, clock, ...input }));
    this.worker = worker;
  }

  async run(host: HostEntry, { argv, stdin, limitMs, maxBytes }: RunRequest): Promise<RunResult> {
    const request = { worker: this.worker, host: host.name, argv, stdin, limitMs, maxBytes };
    const answer = this.farm.run(request, this.now);
    this.now += answer.afterMs;
    const arrived = this.farm.arrive(request, answer, this.now);
    if ('reply' in arrived) return arrived.reply;
    throw new FleetError(arrived.trouble, arrived.what, '', { host: host.name });
  }

  async close(): Promise<void> {}
}

/** What is booted, in files of a folder that `remove` removes. */
export interface BootFiles {
  readonly next: NextSystem;
  readonly plan: DigestedFile;
  remove(): void;
}

export function bootFiles(release: string): BootFiles {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-farm-'));
  const file = (name: string): DigestedFile => {
    const path = join(folder, name);
    writeFileSync(path, `this is ${name}`);
    return { path, size: 8 + name.length, sha256: createHash('sha256').update(`this is ${name}`).digest('hex') };
  };
  const next = { kernel: file('Image'), initrd: file('initrd'), agent: file('kexeckit'), cmdline: '', release };
  return {
    next: { ...next, strategy: 'mmu-on' },
    plan: file('plan.json'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

const hook = (what: string) => ({ argv: ['sim', what], on: 'host', limitMs: 60_000 }) as const;

/** A document for all hosts of a farm, in two waves, one host after the other. */
export function documentFor(
  farm: Farm,
  { next, plan }: BootFiles,
  more: Partial<RolloutDocument> = {},
): RolloutDocument {
  const hosts = [...farmHosts(farm.config)].map(({ entry, machineId, class: { name } }) => ({
    ...entry,
    machineId,
    class: name,
  }));
  const policy: RolloutPolicy = {
    waves: [],
    concurrency: 1,
    failureBudget: hosts.length,
    windows: [],
    drain: hook('drain'),
    restore: hook('restore'),
    health: hook('health'),
    healthWithinMs: 120_000,
    blockers: [],
    returnWithinMs: 300_000,
    stepLimitMs: 600_000,
  };
  const names = hosts.map(({ name }) => name);
  const first = Math.ceil(hosts.length / 10);
  const wave = { concurrency: 1, failureBudget: hosts.length, soakMs: 0 };
  return {
    format: 'kexeckit-rollout/1',
    id: 'r1',
    policy,
    next,
    classes: farm.config.classes.map(({ name }) => ({
      key: name,
      strategy: 'mmu-on',
      plan,
      hosts: hosts.filter((host) => host.class === name).length,
      proof: { checks: 1, rehearsals: 1 },
    })),
    hosts,
    waves: [
      { ...wave, name: 'first', hosts: names.slice(0, first) },
      { ...wave, name: 'rest', hosts: names.slice(first) },
    ],
    failureBudget: hosts.length,
    left: [],
    ...more,
  };
}
