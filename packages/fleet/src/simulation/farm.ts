import { readFileSync } from 'node:fs';
import { type CommandKind, commandOf } from './command.ts';
import { type FarmConfig, isHostName } from './config.ts';
import { type CutKind, Cuts, isLost } from './cuts.ts';
import { fateOf } from './fates.ts';
import type { Halt } from './halts.ts';
import { SimulatedMachine } from './host.ts';
import { type FarmAnswer, type FarmMember, type FarmRequest, HostSide } from './host-side.ts';
import { Ledger } from './ledger.ts';
import { smallTar } from './replies.ts';

/** What a host says of itself that is of no class. */
const STRANGE = 'no class';

/** Milliseconds after which whoever hears nothing gives a connection up, however long the work may take. */
const SILENCE_MOST = 60_000;

/** Hosts that reboot, fail and lie, as a seed decides. Nothing of it waits: every answer says when it comes. */
export class Farm {
  readonly config: FarmConfig;
  readonly ledger: Ledger;
  readonly cuts: Cuts;
  readonly #members = new Map<string, FarmMember>();
  readonly #side: HostSide;
  readonly #halts = new Map<string, { readonly at: number; readonly halt: Halt }>();
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
    for (const [at, halt] of config.halts.entries()) this.#halts.set(haltKey(halt.host, halt.command), { at, halt });
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

  /** The halt at this request, with its place in the config; it is reached by that, and there is none any more. */
  haltAt({ host, argv, worker }: FarmRequest, now: number): { readonly at: number; readonly halt: Halt } | undefined {
    if (this.#halts.size === 0 || !isHostName(this.config, host)) return undefined;
    const { kind } = commandOf(argv).command;
    const key = haltKey(host, kind);
    const found = this.#halts.get(key);
    if (found === undefined || this.cuts.demanded(worker, host, now) !== undefined) return undefined;
    const member = this.#memberOf(host, now);
    if (!this.#isUp(member, now) || isLost(this.cuts.decided(host, kind, member.asked.get(kind) ?? 0)))
      return undefined;
    this.#halts.delete(key);
    return found;
  }

  /** What a worker gets that runs a program on a host. What the program changes is changed when this returns. */
  run(request: FarmRequest, now: number): FarmAnswer {
    const { host, worker } = request;
    this.#requests++;
    if (!isHostName(this.config, host)) return { afterMs: 0, trouble: 'EHOSTUNREACH', what: 'no such host' };
    const demanded = this.cuts.demanded(worker, host, now);
    if (demanded !== undefined) return this.#cutOff(demanded, request, now);
    const member = this.#memberOf(host, now);
    const cut = this.#decided(member, request, now);
    if (isLost(cut)) return this.#cutOff(cut, request, now);
    member.requests++;
    const answer = this.#side.answer(member, request, this.#isArmed, now);
    return cut === undefined ? answer : this.#cutOff(cut, request, now, answer);
  }

  /** @param answer what the host has done, where it was reached. */
  #cutOff(cut: CutKind, { host, worker, limitMs }: FarmRequest, now: number, answer?: FarmAnswer): FarmAnswer {
    this.ledger.add({ at: now, host, event: 'cut', worker });
    if (cut === 'refuses') return { afterMs: 0, trouble: 'EHOSTUNREACH', what: 'no route to host' };
    if (cut === 'breaks') return { afterMs: answer?.afterMs ?? 0, trouble: 'EIO', what: 'the connection broke' };
    return { afterMs: Math.min(limitMs, SILENCE_MOST), trouble: 'ETIMEDOUT', what: 'nothing came back' };
  }

  /** The cut that the seed has for what a host is asked. A host that is not up hears nothing anyway: how often it is asked is up to the clock. */
  #decided(member: FarmMember, { host, argv }: FarmRequest, now: number): CutKind | undefined {
    const isUp = this.#isUp(member, now);
    if (!isUp || !this.cuts.areDecided) return undefined;
    const { kind } = commandOf(argv).command;
    const times = member.asked.get(kind) ?? 0;
    member.asked = new Map(member.asked).set(kind, times + 1);
    return this.cuts.decided(host, kind, times);
  }

  #isUp({ machine }: FarmMember, now: number): boolean {
    machine.settle(now);
    return machine.power.state === 'up';
  }

  /** What the worker gets when the answer comes: the connection is broken where a cut has begun since the request. */
  arrive({ worker, host }: FarmRequest, answer: FarmAnswer, now: number): FarmAnswer {
    if (!('reply' in answer) || this.cuts.demanded(worker, host, now) === undefined) return answer;
    this.ledger.add({ at: now, host, event: 'cut', worker });
    return { afterMs: answer.afterMs, trouble: 'EIO', what: 'the connection broke' };
  }

  #memberOf(name: string, now: number): FarmMember {
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const { seed, release, fates, isForgetful } = this.config;
    const machine = new SimulatedMachine({ seed, name, now, release, isForgetful }, (at, event) => {
      this.ledger.add({ at, host: name, ...event });
    });
    const member = { machine, fate: fateOf(seed, name, fates), requests: 0, asked: NEVER_ASKED, spent: [] };
    this.#members.set(name, member);
    return member;
  }
}

const NEVER_ASKED: ReadonlyMap<CommandKind, number> = new Map();

const haltKey = (host: string, command: CommandKind): string => `${host} ${command}`;
