import { DBOS } from '@dbos-inc/dbos-sdk';
import type { PlannedWave, RolloutDocument } from '@kexeckit/rollout';
import { nextOpening } from '@kexeckit/rollout';
import { FleetError } from '../error.ts';
import type { Fleet } from './fleet.ts';
import {
  HOST_WORKFLOW,
  hostWorkflowId,
  ORDERS_EVENT,
  ORDERS_TOPIC,
  PROGRESS_EVENT,
  prefixOf,
  queueOf,
} from './names.ts';
import { follow, noOrders, type Order, type Orders } from './orders.ts';

/** Where a rollout is. */
export interface Progress {
  /** The wave that is under way, or was the last. */
  readonly wave: number;
  readonly state: 'running' | 'soaking' | 'ended';
  readonly started: number;
}

/** How a rollout ended. What became of each host stands in the hosts' own workflows. */
export interface RolloutEnd {
  readonly state: 'finished' | 'stopped';
  readonly why?: string | undefined;
  readonly started: number;
  readonly ended: number;
  /** Waves that were begun. */
  readonly waves: number;
}

export const isEnd = (value: unknown): value is RolloutEnd =>
  typeof value === 'object' && value !== null && 'waves' in value && 'ended' in value;

/** Milliseconds between two looks at a wave, of the rollout's clock. */
const TICK_MS = 10_000;
/** Hosts that are put on the queue at once. */
const CHUNK = 100;

/** A rollout: wave after wave, until all are through or one has spent its budget. */
export async function rolloutRoad(fleet: Fleet, document: RolloutDocument): Promise<RolloutEnd> {
  const road = new Road(fleet, document);
  const started = await road.now();
  let waves = 0;
  for (const [index, wave] of document.waves.entries()) {
    waves = index + 1;
    await DBOS.setEvent<Progress>(PROGRESS_EVENT, { wave: index, state: 'running', started });
    await road.notify({ event: 'wave-begins', wave: wave.name, hosts: wave.hosts.length });
    await road.begin(index, wave);
    await road.through(index);
    const why = await road.whyStopped(index, wave);
    await road.notify({ event: 'wave-ends', wave: wave.name, ...(why === undefined ? {} : { stopped: why }) });
    if (why !== undefined) return await road.end({ state: 'stopped', why, started, waves });
    if (wave.soakMs > 0 && waves < document.waves.length) {
      await DBOS.setEvent<Progress>(PROGRESS_EVENT, { wave: index, state: 'soaking', started });
      await road.soak(wave.soakMs);
    }
  }
  return await road.end({ state: 'finished', started, waves });
}

/** What a rollout does, each as one step of its workflow. */
class Road {
  readonly #fleet: Fleet;
  readonly #document: RolloutDocument;
  #orders: Orders = noOrders;

  constructor(fleet: Fleet, document: RolloutDocument) {
    this.#fleet = fleet;
    this.#document = document;
  }

  now(): Promise<number> {
    return DBOS.runStep(async () => this.#fleet.context.clock.now(), { name: 'now' });
  }

  /** Puts the hosts of a wave on its queue. A host that is there already stays as it is. */
  async begin(index: number, wave: PlannedWave): Promise<void> {
    await DBOS.runStep(
      async () => {
        const { client } = this.#fleet;
        await client.registerQueue(queueOf(this.#document.id, index), {
          globalConcurrency: wave.concurrency,
          minPollingIntervalMs: Math.max(POLL_MIN_MS, POLL_MS * this.#fleet.context.clock.scale),
          onConflict: 'always_update',
        });
        for (let from = 0; from < wave.hosts.length; from += CHUNK)
          await Promise.all(wave.hosts.slice(from, from + CHUNK).map((host) => this.#enqueue(index, host, 1, 0)));
      },
      { name: 'begin' },
    );
  }

  async #enqueue(index: number, host: string, attempt: number, delayMs: number): Promise<void> {
    const rollout = this.#document.id;
    const delaySeconds = (delayMs * this.#fleet.context.clock.scale) / 1000;
    await this.#fleet.client.enqueue(
      {
        queueName: queueOf(rollout, index),
        workflowName: HOST_WORKFLOW,
        workflowID: hostWorkflowId(rollout, index, host, attempt),
        ...(delaySeconds > 0 ? { delaySeconds } : {}),
      },
      { rollout, wave: index, host, attempt },
    );
  }

  /** Follows orders until no host of a wave is under way. */
  async through(index: number): Promise<void> {
    while (await this.#isUnderWay(index)) await this.#listen(TICK_MS);
    await DBOS.runStep(() => this.#fleet.client.deleteQueue(queueOf(this.#document.id, index)), { name: 'close' });
  }

  /** Whether hosts of a wave are left. Those whose window has closed get another attempt in their next one. */
  async #isUnderWay(index: number): Promise<boolean> {
    return await DBOS.runStep(
      async () => {
        const prefix = prefixOf(this.#document.id, index);
        const left = { workflow_id_prefix: prefix, status: UNDER_WAY, limit: 1, loadInput: false, loadOutput: false };
        if ((await this.#fleet.client.listWorkflows(left)).length > 0) return true;
        return await this.#tryAgain(index);
      },
      { name: 'look' },
    );
  }

  async #tryAgain(index: number): Promise<boolean> {
    const { client, context } = this.#fleet;
    const all = { workflow_id_prefix: prefixOf(this.#document.id, index), loadInput: false, loadOutput: true };
    const latest = new Map<string, { readonly attempt: number; readonly outcome: string }>();
    for (const { output } of await client.listWorkflows({ ...all, status: 'SUCCESS' }))
      if (isAttempt(output) && (latest.get(output.host)?.attempt ?? 0) < output.attempt)
        latest.set(output.host, output);
    const { hosts } = await this.#fleet.rollout(this.#document.id);
    const now = context.clock.now();
    let again = 0;
    for (const [host, { attempt, outcome }] of latest) {
      if (outcome !== 'deferred') continue;
      const { labels = {} } = hosts.get(host) ?? {};
      const opens = nextOpening(this.#document.policy.windows, { labels }, now) ?? now;
      await this.#enqueue(index, host, attempt + 1, opens - now);
      again++;
    }
    return again > 0;
  }

  /** Waits, and follows what an operator says meanwhile. */
  async #listen(ms: number): Promise<void> {
    const timeoutSeconds = Math.max(TICK_MIN_S, (ms * this.#fleet.context.clock.scale) / 1000);
    const order = await DBOS.recv<Order>(ORDERS_TOPIC, { timeoutSeconds });
    if (order === null) return;
    this.#orders = follow(this.#orders, order);
    await DBOS.setEvent<Orders>(ORDERS_EVENT, this.#orders);
    await this.notify({ event: 'order', ...order });
  }

  async soak(ms: number): Promise<void> {
    const until = (await this.now()) + ms;
    for (let now = await this.now(); now < until && this.#orders.aborted === undefined; now = await this.now())
      await this.#listen(Math.min(TICK_MS, until - now));
  }

  /** Why no further wave may begin; undefined where one may. */
  async whyStopped(index: number, wave: PlannedWave): Promise<string | undefined> {
    if (this.#orders.aborted !== undefined) return this.#orders.aborted;
    const budget = this.#orders.failureBudget ?? this.#document.failureBudget;
    const waveBudget = this.#orders.failureBudget ?? wave.failureBudget;
    const { id } = this.#document;
    const [seen, seenOfWave] = await DBOS.runStep(
      () =>
        Promise.all([
          this.#fleet.failures(prefixOf(id), budget + 1),
          this.#fleet.failures(prefixOf(id, index), waveBudget + 1),
        ]),
      { name: 'failures' },
    );
    if (seen > budget) return `more hosts failed than the ${budget} that are accepted`;
    if (seenOfWave > waveBudget)
      return `more hosts of wave ${wave.name} failed than the ${waveBudget} that are accepted`;
    return undefined;
  }

  async end(end: Omit<RolloutEnd, 'ended'>): Promise<RolloutEnd> {
    const whole = { ...end, ended: await this.now() };
    await DBOS.setEvent<Progress>(PROGRESS_EVENT, { wave: end.waves - 1, state: 'ended', started: end.started });
    await this.notify({ event: 'rollout-ends', ...whole });
    return whole;
  }

  /** Tells the operator's hook, at least once. That it fails is said in the journal, and changes nothing. */
  async notify(event: object): Promise<void> {
    const { notify } = this.#document.policy;
    if (notify === undefined) return;
    await DBOS.runStep(
      async () => {
        try {
          await this.#fleet.notify(this.#document, notify, event);
          return 'told';
        } catch (error) {
          if (!(error instanceof FleetError)) throw error;
          return error.message;
        }
      },
      { name: 'notify' },
    );
  }
}

const UNDER_WAY = ['PENDING', 'ENQUEUED', 'DELAYED'] satisfies ('PENDING' | 'ENQUEUED' | 'DELAYED')[];
/** Milliseconds between two looks at a queue. */
const POLL_MS = 1000;
const POLL_MIN_MS = 50;
const TICK_MIN_S = 0.2;

const isAttempt = (value: unknown): value is { host: string; attempt: number; outcome: string } =>
  typeof value === 'object' && value !== null && 'host' in value && 'attempt' in value && 'outcome' in value;
