import type {
  HookCommand,
  HostPhase,
  HostResult,
  Outcome,
  PhaseTime,
  PlannedHost,
  RolloutDocument,
} from '@kexeckit/rollout';
import { type Agent, agentOver } from '../agent/agent.ts';
import { FleetError } from '../error.ts';
import { smallTar } from '../simulation/replies.ts';
import type { DirectFarm } from './direct-farm.ts';

/** What ends the road of a host. */
class End extends Error {
  readonly outcome: Outcome;
  readonly code: FleetError['code'];

  constructor(outcome: Outcome, code: FleetError['code'], what: string) {
    super(what);
    this.outcome = outcome;
    this.code = code;
  }
}

/** Rolls over all hosts as the rules say, one after the other and in the shortest way: what a judge must find nothing in. */
export async function honestRollout(farm: DirectFarm, document: RolloutDocument): Promise<HostResult[]> {
  const results: HostResult[] = [];
  for (const wave of document.waves)
    for (const name of wave.hosts) {
      const host = document.hosts.find((each) => each.name === name);
      if (host !== undefined) results.push(await new Road(farm, document, host, wave.name).go());
    }
  return results;
}

class Road {
  readonly #farm: DirectFarm;
  readonly #document: RolloutDocument;
  readonly #host: PlannedHost;
  readonly #wave: string;
  readonly #agent: Agent;
  readonly #times: PhaseTime[] = [];
  #bootBefore = '';
  #after: Pick<HostResult, 'bootAfter' | 'kernelAfter' | 'downtimeMs'> = {};
  #phase: HostPhase = 'inspect';

  constructor(farm: DirectFarm, document: RolloutDocument, host: PlannedHost, wave: string) {
    this.#farm = farm;
    this.#document = document;
    this.#host = host;
    this.#wave = wave;
    this.#agent = agentOver(farm, document.next.agent, farm.clock);
  }

  async go(): Promise<HostResult> {
    try {
      await this.#in('inspect', () => this.#inspect());
      await this.#in('stage', () => this.#stage());
      await this.#in('drain', () => this.#hook(this.#document.policy.drain));
      const left = await this.#in('commit', () => this.#commit());
      await this.#in('return', () => this.#return(left));
      await this.#in('health', () => this.#health());
      await this.#in('evidence', () => this.#agent.evidence(this.#host).catch(() => ({})));
      await this.#hook(this.#document.policy.restore).catch(() => {});
      return this.#result('done');
    } catch (error) {
      const isBefore = ['inspect', 'stage', 'drain', 'commit'].includes(this.#phase);
      if (isBefore) await this.#undo();
      const { outcome, code } = error instanceof End ? error : { outcome: 'failed' as const, code: codeOf(error) };
      const trouble = { phase: this.#phase, code, what: String(error), hint: '' };
      return { ...this.#result(outcome), trouble };
    }
  }

  async #in<T>(phase: HostPhase, work: () => Promise<T>): Promise<T> {
    const start = this.#farm.now;
    this.#phase = phase;
    try {
      return await work();
    } finally {
      this.#times.push({ phase, start, end: this.#farm.now });
    }
  }

  #result(outcome: Outcome): HostResult {
    const told = { host: this.#host.name, wave: this.#wave, attempt: 1, outcome, times: this.#times };
    return { ...told, bootBefore: this.#bootBefore, ...this.#after };
  }

  async #inspect(): Promise<void> {
    const { bootId, machineId } = await this.#agent.identify(this.#host);
    this.#bootBefore = bootId;
    if (machineId !== this.#host.machineId) throw new End('refused', 'ESTALE', 'another machine');
    await this.#agent.install(this.#host, [this.#document.next.agent]);
    const bundle = await this.#agent.describe(this.#host);
    if (!Buffer.from(smallTar('class', `${this.#host.class}\n`)).equals(bundle))
      throw new End('refused', 'ESTALE', 'another reality');
  }

  async #stage(): Promise<void> {
    const { next, classes } = this.#document;
    const plan = classes.find(({ key }) => key === this.#host.class)?.plan;
    if (plan === undefined) throw new End('refused', 'ENOENT', 'no plan');
    const files = [next.kernel, next.initrd, plan].filter((file) => file !== undefined);
    await this.#agent.install(this.#host, files);
    await this.#agent.stage(this.#host, next, plan);
  }

  async #hook(command: HookCommand | undefined): Promise<void> {
    if (command === undefined) return;
    const { argv, limitMs } = command;
    const { code, stderr } = await this.#farm.run(this.#host, { argv, limitMs, maxBytes: 4096 });
    if (code !== 0) throw new FleetError('EIO', stderr, '');
  }

  /** @returns when it left. */
  async #commit(): Promise<number> {
    for (;;) {
      const at = this.#farm.now;
      try {
        await this.#agent.commit(this.#host, this.#document.id, this.#bootBefore);
        return at;
      } catch (error) {
        if (codeOf(error) !== 'EIO') throw error;
        const isUnclaimed = await this.#agent.claimOf(this.#host, this.#document.id).then(
          (boot) => boot === undefined,
          () => false,
        );
        if (!isUnclaimed) return at;
      }
    }
  }

  async #return(left: number): Promise<void> {
    const { next, policy } = this.#document;
    while (this.#farm.now <= left + policy.returnWithinMs) {
      const found = await this.#agent.identify(this.#host).catch(() => undefined);
      if (found !== undefined && found.bootId !== this.#bootBefore) {
        this.#after = { bootAfter: found.bootId, kernelAfter: found.release, downtimeMs: this.#farm.now - left };
        if (found.release !== next.release || found.machineId !== this.#host.machineId)
          throw new End('lost', 'ESTALE', 'not as expected');
        return;
      }
      await this.#farm.clock.sleep(1000);
    }
    throw new End('lost', 'ETIMEDOUT', 'it did not return');
  }

  async #health(): Promise<void> {
    const until = this.#farm.now + this.#document.policy.healthWithinMs;
    for (;;) {
      const isHealthy = await this.#hook(this.#document.policy.health).then(
        () => true,
        () => false,
      );
      if (isHealthy) return;
      if (this.#farm.now > until) throw new End('failed', 'ETIMEDOUT', 'unhealthy');
      await this.#farm.clock.sleep(1000);
    }
  }

  async #undo(): Promise<void> {
    await this.#agent.discard(this.#host).catch(() => {});
    await this.#hook(this.#document.policy.restore).catch(() => {});
  }
}

const codeOf = (error: unknown): FleetError['code'] => (error instanceof FleetError ? error.code : 'EIO');
