import { type ChildProcess, execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { farmHosts, guestBundles, type RunningFarm, startFarm } from '@kexeckit/fleet/simulation';
import { generateWorkload } from '@kexeckit/reboot';
import type { RolloutStatus } from '@kexeckit/rollout';
import { main, type Outcome, published, start } from './kexeckit.ts';

const RELEASE = '6.12.0-next';
const KERNEL_BYTES = 1 << 16;
/** Seconds of the farm in one. */
const SPEED = 20;
/** Milliseconds in which something has to come about that tests wait for. */
const PATIENCE = 400_000;

/** A fleet of simulated hosts, the files of a rollout over them, and a folder for its database. */
export class TestFleet {
  readonly folder: string;
  readonly farm: RunningFarm;

  private constructor(folder: string, farm: RunningFarm) {
    this.folder = folder;
    this.farm = farm;
  }

  static async start(folder: string, hosts: number): Promise<TestFleet> {
    mkdirSync(folder, { recursive: true });
    const classes = (await guestBundles()).map(({ name, bundle }) => {
      const path = join(folder, `${name}.tar`);
      writeFileSync(path, bundle);
      return { name, share: 1, bundle: path };
    });
    const now = Date.now();
    const clock = { scale: 1 / SPEED, start: now, realStart: now };
    const farm = await startFarm({ seed: 3, hosts, clock, classes, nextRelease: RELEASE });
    const fleet = new TestFleet(folder, farm);
    fleet.write('hosts.json', JSON.stringify({ hosts: [...farmHosts(farm.config)].map(({ entry }) => entry) }));
    fleet.write('Image', generateWorkload(KERNEL_BYTES, KERNEL_BYTES, 1).kernel);
    fleet.policy({});
    return fleet;
  }

  /** What is there stands, with changes. */
  policy(changes: object): void {
    const sim = (what: string) => ({ argv: ['sim', what], on: 'host' });
    const waves = [{ name: 'canary', select: 'role=canary' }];
    const hooks = { drain: sim('drain'), restore: sim('restore'), health: sim('health'), console: sim('console') };
    this.write('policy.yaml', JSON.stringify({ waves, concurrency: 4, ...hooks, ...changes }));
  }

  write(name: string, content: string | Uint8Array): void {
    writeFileSync(this.path(name), content);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, NO_COLOR: '1', KEXECKIT_FARM: this.farm.address };
  }

  /** The command line that plans, but for what is added to it. */
  planLine(...more: readonly string[]): string[] {
    const files = ['--inventory', this.path('hosts.json'), '--policy', this.path('policy.yaml')];
    return ['plan', ...files, '--kernel', this.path('Image'), '--append', 'quiet', '--release', RELEASE, ...more];
  }

  /** Starts `kexeckit fleet …` on this database, where it takes one. */
  start(...args: readonly string[]): ChildProcess {
    return start(['fleet', ...args, '--database', this.path('db')], this.env);
  }

  /** Runs `kexeckit fleet …` to its end. */
  async run(...args: readonly string[]): Promise<Outcome> {
    const line = ['fleet', ...args];
    const options = { env: this.env, maxBuffer: 1 << 26 };
    const outcome = await new Promise<Outcome>((resolve) => {
      execFile(process.execPath, [main, ...line], options, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, err });
      });
    });
    return published(line, outcome);
  }

  /** The same on this database. */
  ask(...args: readonly string[]): Promise<Outcome> {
    return this.run(...args, '--database', this.path('db'));
  }

  /** Asks for the status until it is as wanted. */
  async until(id: string, isWanted: (status: RolloutStatus) => boolean): Promise<RolloutStatus> {
    let said = '';
    for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(1000)) {
      const { out } = await this.ask('status', id, '--json');
      said = out;
      const status: RolloutStatus | { readonly error: unknown } = JSON.parse(out);
      if (!('error' in status) && isWanted(status)) return status;
    }
    throw new Error(`it did not come about: ${said.slice(0, 2000)}`);
  }

  /** How often each host was committed, by the farm's own account. */
  async commits(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const entry of await this.farm.ledger())
      if (entry.event === 'commit') counts.set(entry.host, (counts.get(entry.host) ?? 0) + 1);
    return counts;
  }
}
