import type { HostEntry } from '@kexeckit/rollout';
import type { Agent } from '../agent/agent.ts';
import type { Identity } from '../agent/identity.ts';
import { FleetError } from '../error.ts';

/** What a fake host is told to do wrong. */
export interface Mischief {
  /** These throw an EIO, so many times, before they do anything. */
  readonly before?: Partial<Record<keyof Agent, number>>;
  /** These throw an EIO, so many times, after they have done it. */
  readonly after?: Partial<Record<keyof Agent, number>>;
  readonly comesBack?: boolean;
  /** Looks at it that are not answered after its commit. */
  readonly awayFor?: number;
  readonly machineAfter?: string;
  readonly release?: string;
}

/** A host in memory: its boots, what is loaded, and what it was asked. */
export class FakeHost {
  boot = 1;
  release = 'old';
  isLoaded = false;
  isDead = false;
  machineId: string | undefined;
  #awayFor = 0;
  readonly claims = new Map<string, number>();
  readonly commits: string[] = [];
  readonly asked: string[] = [];
  readonly mischief: Mischief;
  readonly #before: Map<string, number>;
  readonly #after: Map<string, number>;

  constructor(mischief: Mischief = {}) {
    this.mischief = mischief;
    this.#before = new Map(Object.entries(mischief.before ?? {}));
    this.#after = new Map(Object.entries(mischief.after ?? {}));
  }

  async ask<T>(what: string, body: () => T): Promise<T> {
    this.asked.push(what);
    if (this.isDead || this.#awayFor-- > 0) throw new FleetError('EHOSTUNREACH', 'nobody is there', '');
    this.#fail(this.#before, what);
    const answer = body();
    this.#fail(this.#after, what);
    return answer;
  }

  #fail(times: Map<string, number>, what: string): void {
    const left = times.get(what) ?? 0;
    times.set(what, left - 1);
    if (left > 0) throw new FleetError('EIO', `the connection broke in ${what}`, '');
  }

  reboot(rollout: string): 'committed' | 'already' {
    if (this.claims.has(rollout)) return 'already';
    if (!this.isLoaded) throw new FleetError('EINVAL', 'nothing is loaded', '');
    this.claims.set(rollout, this.boot);
    this.commits.push(rollout);
    this.boot++;
    this.isLoaded = false;
    this.release = this.mischief.release ?? 'new';
    this.isDead = this.mischief.comesBack === false;
    this.#awayFor = this.mischief.awayFor ?? 0;
    this.machineId = this.mischief.machineAfter;
    return 'committed';
  }
}

/** An agent over fake hosts. */
export function fakeAgent(hosts: ReadonlyMap<string, FakeHost>): Agent {
  const at = ({ name }: HostEntry): FakeHost => {
    const host = hosts.get(name);
    if (host === undefined) throw new FleetError('EHOSTUNREACH', `there is no ${name}`, '');
    return host;
  };
  const nothing = () => {};
  return {
    identify: (entry) => {
      const host = at(entry);
      const identity = (): Identity => ({
        bootId: `${entry.name}-boot-${host.boot}`,
        machineId: host.machineId ?? `machine-${entry.name}`,
        release: host.release,
        architecture: 'aarch64',
      });
      return host.ask('identify', identity);
    },
    install: (entry, files) => at(entry).ask('install', () => files.map(({ sha256 }) => sha256)),
    describe: (entry) => at(entry).ask('describe', () => Buffer.from('class')),
    stage: (entry) => {
      const host = at(entry);
      return host.ask('stage', () => {
        host.isLoaded = true;
      });
    },
    isStaged: (entry) => at(entry).ask('isStaged', () => at(entry).isLoaded),
    discard: (entry) => {
      const host = at(entry);
      return host.ask('discard', () => {
        host.isLoaded = false;
      });
    },
    commit: (entry, rollout) => at(entry).ask('commit', () => at(entry).reboot(rollout)),
    claimOf: (entry, rollout) =>
      at(entry).ask('claimOf', () => {
        const boot = at(entry).claims.get(rollout);
        return boot === undefined ? undefined : `${entry.name}-boot-${boot}`;
      }),
    evidence: (entry) => {
      at(entry).ask('evidence', nothing);
      return Promise.resolve({ relocation: { ms: 20, bound: 'exact' as const } });
    },
  };
}
