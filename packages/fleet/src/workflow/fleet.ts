import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import {
  type HookCommand,
  type HostClass,
  type HostEntry,
  isOpen,
  type PlannedHost,
  type RolloutDocument,
} from '@kexeckit/rollout';
import type { Agent } from '../agent/agent.ts';
import type { Clock } from '../clock.ts';
import { FleetError } from '../error.ts';
import { hooksOf, type RunHook } from '../steps/hook.ts';
import type { HostRun, Passage } from '../steps/host-run.ts';
import type { Transport } from '../transport/transport.ts';
import { type Blockers, blockersOf } from './blockers.ts';
import { whyBrokenOff } from './broken-off.ts';
import { Failures } from './failures.ts';
import { type GateFacts, passageOf } from './gate.ts';
import { type HostTask, ORDERS_EVENT, prefixOf, type RolloutTask } from './names.ts';
import { noOrders, type Orders } from './orders.ts';
import { type Run, Runs } from './runs.ts';

/** What a worker brings along: everything that is not in the database. */
export interface FleetContext {
  readonly clock: Clock;
  /** By name; `local` runs what the policy wants to run where the worker is. */
  readonly transports: ReadonlyMap<string, Transport>;
  readonly agentOf: (document: RolloutDocument, transport: Transport) => Agent;
  readonly classKeyOf: (bundle: Uint8Array) => Promise<string>;
}

/** A rollout as its worker knows it. */
interface KnownRollout {
  readonly document: RolloutDocument;
  readonly hosts: ReadonlyMap<string, PlannedHost>;
  readonly classes: ReadonlyMap<string, HostClass>;
  /** The host's side, by transport. */
  readonly agents: Map<Transport, Agent>;
  readonly hook: RunHook;
  readonly blockers: Blockers;
}

/** What workflows ask: documents of rollouts, orders, failures. It reads the database outside of their journal. */
export class Fleet {
  readonly client: DBOSClient;
  readonly context: FleetContext;
  readonly failures: Failures;
  readonly runs: Runs;
  #known = new Map<string, Promise<KnownRollout>>();
  readonly #brokenOff = new Map<string, Promise<string | undefined>>();
  #isLeaving = false;

  /** @param worker its id in the database. */
  constructor(client: DBOSClient, context: FleetContext, worker: string) {
    this.runs = new Runs(client, worker);
    this.client = client;
    this.context = context;
    this.failures = new Failures(client);
  }

  /** This worker is about to end. */
  leave(): void {
    this.#isLeaving = true;
  }

  /**
   * What a step does while its worker takes part. What fails because the worker ends never ends here: nothing is recorded of it, and another
   * worker does it again.
   */
  async whileIn<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      if (this.#isLeaving) return await new Promise<never>(() => {});
      throw error;
    }
  }

  transportFor = (host: HostEntry): Transport => {
    const name = host.transport ?? 'ssh';
    const transport = this.context.transports.get(name);
    if (transport === undefined)
      throw new FleetError(
        'EINVAL',
        `${host.name} has transport ${name}, which this worker has not`,
        'Mend the inventory',
        {
          host: host.name,
          value: name,
        },
      );
    return transport;
  };

  /** A rollout, read once. */
  rollout(id: string): Promise<KnownRollout> {
    const known = this.#known.get(id) ?? this.#read(id);
    // Those that were asked for last stand last.
    this.#known.delete(id);
    this.#known.set(id, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KNOWN_MOST && oldest !== undefined) this.#known.delete(oldest);
    known.catch(() => this.#known.delete(id));
    return known;
  }

  async #read(id: string): Promise<KnownRollout> {
    const document = await documentOf(this.client, id);
    const local = this.context.transports.get('local');
    if (local === undefined) throw new FleetError('EINVAL', 'a worker needs the transport local', 'Give it one');
    const hook = hooksOf(id, this.transportFor, local);
    return {
      document,
      hosts: new Map(document.hosts.map((host) => [host.name, host])),
      classes: new Map(document.classes.map((one) => [one.key, one])),
      agents: new Map(),
      hook,
      blockers: blockersOf(document.policy.blockers, local, this.context.clock),
    };
  }

  /** What the steps of a host are given. */
  async hostRun(task: HostTask, { fence }: Run): Promise<HostRun> {
    const known = await this.rollout(task.rollout);
    const { document, hook } = known;
    const host = known.hosts.get(task.host);
    const hostClass = known.classes.get(host?.class ?? '');
    const wave = document.waves[task.wave];
    if (host === undefined || hostClass === undefined || wave === undefined)
      throw new FleetError(
        'ENOENT',
        `rollout ${task.rollout} has no host ${task.host}`,
        'Start it again from its document',
      );
    const agent = this.#agentFor(host, known);
    const { clock, classKeyOf } = this.context;
    const passage = () => this.#passage(task, host, known);
    return { document, host, hostClass, wave, agent, clock, hook, classKeyOf, passage, fence };
  }

  #agentFor(host: HostEntry, { document, agents }: KnownRollout): Agent {
    const transport = this.transportFor(host);
    const agent = agents.get(transport) ?? this.context.agentOf(document, transport);
    agents.set(transport, agent);
    return agent;
  }

  /** The orders, the budget and the window are looked at when the blockers have answered, which may have taken their time. */
  async #passage(task: HostTask, host: PlannedHost, known: KnownRollout): Promise<Passage> {
    const before = await this.#facts(task, host, known);
    if (known.document.policy.blockers.length === 0 || passageOf(before, task.host).kind === 'release')
      return passageOf(before, task.host);
    if (before.orders.bypass.includes(task.host)) return passageOf(before, task.host);
    const blocked = await known.blockers();
    return passageOf({ ...(await this.#facts(task, host, known)), blocked }, task.host);
  }

  async #facts(task: HostTask, host: PlannedHost, { document }: KnownRollout): Promise<GateFacts> {
    const [orders, brokenOff] = await Promise.all([this.orders(task.rollout), this.#whyBrokenOff(task.rollout)]);
    const wave = document.waves[task.wave];
    const budget = orders.failureBudget ?? document.failureBudget;
    const waveBudget = orders.failureBudget ?? wave?.failureBudget ?? budget;
    const [seen, seenOfWave] = await Promise.all([
      this.failures.count(prefixOf(task.rollout), budget + 1),
      this.failures.count(prefixOf(task.rollout, task.wave), waveBudget + 1),
    ]);
    return {
      orders,
      brokenOff,
      failures: { seen, budget },
      waveFailures: { seen: seenOfWave, budget: waveBudget },
      isInWindow: isOpen(document.policy.windows, host, this.context.clock.now()),
    };
  }

  /** Hosts of a rollout that has broken off are let go. Who asks the same at the same time is answered by one question. */
  #whyBrokenOff(rollout: string): Promise<string | undefined> {
    const asked = this.#brokenOff.get(rollout);
    if (asked !== undefined) return asked;
    const answer = this.client
      .listWorkflows({ workflowIDs: [rollout], loadInput: false, loadOutput: true })
      .then(([its]) => whyBrokenOff(its))
      .finally(() => this.#brokenOff.delete(rollout));
    this.#brokenOff.set(rollout, answer);
    return answer;
  }

  async orders(rollout: string): Promise<Orders> {
    return (await this.client.getEvent<Orders>(rollout, ORDERS_EVENT, { timeoutSeconds: 0 })) ?? noOrders;
  }

  /** Tells the policy's notify hook; what it says to that is for the log alone. */
  async notify(document: RolloutDocument, hook: HookCommand, event: object): Promise<void> {
    const local = this.context.transports.get('local');
    const stdin = Buffer.from(`${JSON.stringify({ rollout: document.id, ...event })}\n`);
    const said = await local?.run(
      { name: 'worker', labels: {} },
      { argv: hook.argv, stdin, limitMs: hook.limitMs, maxBytes: NOTIFY_OUTPUT_MAX, keepsEnd: true },
    );
    if (said !== undefined && said.code !== 0)
      throw new FleetError('EIO', `${hook.argv[0]} ended with ${said.code ?? 'a signal'}`, 'Run it by hand');
  }
}

const NOTIFY_OUTPUT_MAX = 64 * 1024;
/** Rollouts that a worker keeps in memory: documents of many hosts are large, and those that have ended are of no use. */
const KNOWN_MOST = 4;

/**
 * The document that a rollout was started with.
 *
 * @throws FleetError ENOENT where there is no such rollout.
 */
export async function documentOf(client: DBOSClient, id: string): Promise<RolloutDocument> {
  const [found] = await client.listWorkflows({ workflowIDs: [id], loadInput: true, loadOutput: false });
  const task = found?.input?.[0];
  if (!isTask(task))
    throw new FleetError('ENOENT', `there is no rollout ${id}`, 'See kexeckit fleet status', { value: id });
  return task.document;
}

/** It was checked whole before it was written; what else is in the database is another program's. */
const isTask = (value: unknown): value is RolloutTask =>
  typeof value === 'object' && value !== null && 'document' in value;
