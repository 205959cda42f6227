import { readFileSync } from 'node:fs';
import { type FarmConfig, isHostName } from './config.ts';
import { Cuts } from './cuts.ts';
import { fateOf } from './fates.ts';
import { SimulatedMachine } from './host.ts';
import { type FarmAnswer, type FarmMember, type FarmRequest, HostSide } from './host-side.ts';
import { Ledger } from './ledger.ts';
import { smallTar } from './replies.ts';

/** What a host says of itself that is of no class. */
const STRANGE = 'no class';

/** Hosts that reboot, fail and lie, as a seed decides. Nothing of it waits: every answer says when it comes. */
export class Farm {
  readonly config: FarmConfig;
  readonly ledger: Ledger;
  readonly cuts: Cuts;
  readonly #members = new Map<string, FarmMember>();
  readonly #side: HostSide;
  #isArmed: boolean;
  #requests = 0;

  /** @throws where the bundle of a class or the ledger cannot be opened. */
  constructor(config: FarmConfig) {
    this.config = config;
    this.ledger = new Ledger(config.ledger);
    this.cuts = new Cuts(config.seed, config.cuts);
    const bundles = config.classes.map(({ name, bundle }) =>
      bundle === undefined ? smallTar('class', `${name}\n`) : readFileSync(bundle),
    );
    const strange = config.strange === undefined ? smallTar('class', `${STRANGE}\n`) : readFileSync(config.strange);
    this.#side = new HostSide(config, bundles, strange);
    this.#isArmed = config.armed;
  }

  /** Programs that workers ran. */
  get requests(): number {
    return this.#requests;
  }

  /** From this on, fates befall hosts. */
  arm(): void {
    this.#isArmed = true;
  }

  /** Lets every reboot end whose time has come, so that the ledger has it. */
  settle(now: number): void {
    for (const { machine } of this.#members.values()) machine.settle(now);
  }

  /** What a worker gets that runs a program on a host. What the program changes is changed when this returns. */
  run(request: FarmRequest, now: number): FarmAnswer {
    const { host, worker, limitMs } = request;
    this.#requests++;
    if (!isHostName(this.config, host)) return { afterMs: 0, trouble: 'EHOSTUNREACH', what: 'no such host' };
    const cut = this.cuts.at(worker, host, now);
    if (cut === undefined) {
      const member = this.#memberOf(host, now);
      member.machine.settle(now);
      member.requests++;
      return this.#side.answer(member, request, this.#isArmed, now);
    }
    this.ledger.add({ at: now, host, event: 'cut', worker });
    if (cut === 'refuses') return { afterMs: 0, trouble: 'EHOSTUNREACH', what: 'no route to host' };
    return { afterMs: limitMs, trouble: 'ETIMEDOUT', what: 'nothing came back' };
  }

  /** What the worker gets when the answer comes: the connection is broken where a cut has begun since the request. */
  arrive({ worker, host }: FarmRequest, answer: FarmAnswer, now: number): FarmAnswer {
    if (!('reply' in answer) || this.cuts.at(worker, host, now) === undefined) return answer;
    this.ledger.add({ at: now, host, event: 'cut', worker });
    return { afterMs: answer.afterMs, trouble: 'EIO', what: 'the connection broke' };
  }

  #memberOf(name: string, now: number): FarmMember {
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const { seed, release, fates } = this.config;
    const machine = new SimulatedMachine({ seed, name, now, release }, (at, event) => {
      this.ledger.add({ at, host: name, ...event });
    });
    const member = { machine, fate: fateOf(seed, name, fates), requests: 0, spent: [] };
    this.#members.set(name, member);
    return member;
  }
}
