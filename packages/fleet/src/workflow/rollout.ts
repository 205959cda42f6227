import { DBOS } from '@dbos-inc/dbos-sdk';
import type { PlannedWave, RolloutDocument } from '@kexeckit/rollout';
import { nextOpening } from '@kexeckit/rollout';
import { untilAnswered } from '../database/passing.ts';
import { FleetError } from '../error.ts';
import { isDeferred, lateAttempts, latestAttempts } from './attempts.ts';
import type { Fleet } from './fleet.ts';
import {
  HOST_WORKFLOW,
  type HostTask,
  hostWorkflowId,
  ORDERS_EVENT,
  ORDERS_TOPIC,
  PROGRESS_EVENT,
  prefixOf,
  queueOf,
} from './names.ts';
import { follow, noOrders, type Order, type Orders } from './orders.ts';
import { inRun, type Run } from './runs.ts';

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
const TICK_MOST_MS = 60_000;
/** Hosts that are put on the queue at once. */
const CHUNK = 100;
/** Hosts that are put on the queue between two looks for orders. */
const PART = 1000;
/** The longest wait of a rollout that soaks. */
const SOAK_MS = 24 * 3_600_000;

/** A rollout: wave after wave, until all are through or one has spent its budget. */
export async function rolloutRoad(fleet: Fleet, document: RolloutDocument, run: Run): Promise<RolloutEnd> {
  const road = new Road(fleet, document, run);
  const started = await road.now();
  let waves = 0;
  for (const [index, wave] of document.waves.entries()) {
    waves = index + 1;
    await DBOS.setEvent<Progress>(PROGRESS_EVENT, { wave: index, state: 'running', started });
    road.notify({ event: 'wave-begins', wave: wave.name, hosts: wave.hosts.length });
    await road.begin(index, wave);
    await road.through(index);
    const why = await road.whyStopped(index);
    road.notify({ event: 'wave-ends', wave: wave.name, ...(why === undefined ? {} : { stopped: why }) });
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
  readonly #run: Run;
  #orders: Orders = noOrders;
  #told: Promise<void> = Promise.resolve();

  constructor(fleet: Fleet, document: RolloutDocument, run: Run) {
    this.#fleet = fleet;
    this.#document = document;
    this.#run = run;
  }

  now(): Promise<number> {
    return this.#step('now', async () => this.#fleet.context.clock.now());
  }

  /** Puts the hosts of a wave on its queue, and follows orders meanwhile. A host that is there already stays as it is. */
  async begin(index: number, wave: PlannedWave): Promise<void> {
    await this.#step('begin', () => this.#openQueue(index, wave));
    for (let from = 0; from < wave.hosts.length && this.#orders.aborted === undefined; from += PART) {
      const part = wave.hosts.slice(from, from + PART);
      await this.#step('begin', async () => {
        for (let at = 0; at < part.length; at += CHUNK)
          await Promise.all(part.slice(at, at + CHUNK).map((host) => this.#enqueue(index, { host, attempt: 1 }, 0)));
      });
      if (from + PART < wave.hosts.length) await this.#follow(0);
    }
  }

  async #openQueue(index: number, { concurrency }: PlannedWave): Promise<void> {
    const { client, context } = this.#fleet;
    const settings = {
      globalConcurrency: concurrency,
      minPollingIntervalMs: Math.max(POLL_MIN_MS, POLL_MS * context.clock.scale),
      onConflict: 'always_update',
    } as const;
    await untilAnswered(() => client.registerQueue(queueOf(this.#document.id, index), settings));
  }

  async #enqueue(index: number, task: Pick<HostTask, 'host' | 'attempt' | 'late'>, delayMs: number): Promise<void> {
    const rollout = this.#document.id;
    // Whole ones: the database takes no parts of a millisecond, and sums of parts of a second have them.
    const delaySeconds = Math.ceil((delayMs * this.#fleet.context.clock.scale) / 1000);
    await this.#fleet.client.enqueue(
      {
        queueName: queueOf(rollout, index),
        workflowName: HOST_WORKFLOW,
        workflowID: hostWorkflowId(rollout, index, task.host, task.attempt),
        ...(delaySeconds > 0 ? { delaySeconds } : {}),
      },
      { rollout, wave: index, ...task },
    );
  }

  /** Follows orders until no host of a wave is under way. */
  async through(index: number): Promise<void> {
    // Looks at a wave of days are fewer: each is a row that who goes on with the rollout reads again.
    for (let looks = 0; await this.#isUnderWay(index); looks++)
      await this.#listen(Math.min(TICK_MOST_MS, TICK_MS * (1 + looks / 100)));
    await this.#step('close', () =>
      untilAnswered(() => this.#fleet.client.deleteQueue(queueOf(this.#document.id, index))),
    );
  }

  /** Whether hosts of a wave are left. Those whose window has closed get another attempt in their next one. */
  async #isUnderWay(index: number): Promise<boolean> {
    return await this.#step('look', async () => {
      const prefix = prefixOf(this.#document.id, index);
      const left = { workflow_id_prefix: prefix, status: UNDER_WAY, limit: 1, loadInput: false, loadOutput: false };
      if ((await this.#fleet.client.listWorkflows(left)).length === 0) return await this.#tryAgain(index);
      await this.#wake(index);
      return true;
    });
  }

  /** A rollout that is stopped asks them once more at once, and lets them go. */
  async #tryAgain(index: number): Promise<boolean> {
    const { client, context } = this.#fleet;
    const { id: rollout, policy, waves } = this.#document;
    const { hosts } = await this.#fleet.rollout(rollout);
    const now = context.clock.now();
    const isStopped = (await this.#whyStoppedNow(index)) !== undefined;
    let again = 0;
    const asked = { rollout, wave: index, hosts: waves[index]?.hosts ?? [], loadInput: true };
    for await (const latest of latestAttempts(client, asked)) {
      if (!isDeferred(latest)) continue;
      const { host, attempt } = latest;
      const { labels = {} } = hosts.get(host) ?? {};
      const opens = nextOpening(policy.windows, { labels }, now) ?? now;
      const isNow = isStopped || this.#orders.bypass.includes(host);
      const late = lateAttempts(latest);
      const task = { host, attempt: attempt + 1, ...(late > 0 ? { late } : {}) };
      await this.#enqueue(index, task, isNow ? 0 : opens - now);
      again++;
    }
    return again > 0;
  }

  /** Those who wait for their window: all of them where the rollout is stopped, else those that pass without one. */
  async #wake(index: number): Promise<void> {
    const { client } = this.#fleet;
    const isStopped = (await this.#whyStoppedNow(index)) !== undefined;
    if (!isStopped && this.#orders.bypass.length === 0) return;
    const prefix = prefixOf(this.#document.id, index);
    const waiting = { workflow_id_prefix: prefix, status: 'DELAYED', loadInput: false, loadOutput: false } as const;
    const passing = new Set(this.#orders.bypass);
    for (const { workflowID } of await client.listWorkflows(waiting))
      if (isStopped || passing.has(workflowID.split('/')[2] ?? ''))
        await client.setWorkflowDelay(workflowID, { delayUntilEpochMS: 1 });
  }

  /** Waits, and follows what an operator says meanwhile. */
  async #listen(ms: number): Promise<void> {
    await this.#follow(Math.max(TICK_MIN_S, (ms * this.#fleet.context.clock.scale) / 1000));
  }

  async #follow(timeoutSeconds: number): Promise<void> {
    const order = await DBOS.recv<Order>(ORDERS_TOPIC, { timeoutSeconds });
    if (order === null) return;
    this.#orders = follow(this.#orders, order);
    await DBOS.setEvent<Orders>(ORDERS_EVENT, this.#orders);
    this.notify({ event: 'order', ...order });
  }

  /** Nothing but orders and the time end it, so it is one wait: a rollout that soaks for days writes nothing. */
  async soak(ms: number): Promise<void> {
    const until = (await this.now()) + ms;
    for (let now = await this.now(); now < until && this.#orders.aborted === undefined; now = await this.now())
      await this.#listen(Math.min(SOAK_MS, until - now));
  }

  /** Why no further wave may begin; undefined where one may. */
  whyStopped(index: number): Promise<string | undefined> {
    return this.#step('failures', () => this.#whyStoppedNow(index));
  }

  async #whyStoppedNow(index: number): Promise<string | undefined> {
    const { aborted, failureBudget } = this.#orders;
    if (aborted !== undefined) return aborted;
    const { id, waves } = this.#document;
    const wave = waves[index];
    const budget = failureBudget ?? this.#document.failureBudget;
    const waveBudget = failureBudget ?? wave?.failureBudget ?? budget;
    const [seen, seenOfWave] = await Promise.all([
      this.#fleet.failures.count(prefixOf(id), budget + 1),
      this.#fleet.failures.count(prefixOf(id, index), waveBudget + 1),
    ]);
    if (seen > budget) return `more hosts failed than the ${budget} that are accepted`;
    if (seenOfWave > waveBudget)
      return `more hosts of wave ${wave?.name} failed than the ${waveBudget} that are accepted`;
    return undefined;
  }

  /** One step of the workflow. What the database says is no end of it. */
  #step<T>(name: string, body: () => Promise<T>): Promise<T> {
    return DBOS.runStep(() => this.#fleet.whileIn(() => inRun(this.#run, body)), { name });
  }

  async end(end: Omit<RolloutEnd, 'ended'>): Promise<RolloutEnd> {
    const whole = { ...end, ended: await this.now() };
    await DBOS.setEvent<Progress>(PROGRESS_EVENT, { wave: end.waves - 1, state: 'ended', started: end.started });
    this.notify({ event: 'rollout-ends', ...whole });
    await this.#told;
    return whole;
  }

  /**
   * Tells the operator's hook, at least once, one event after the other; nothing waits for it. That it fails is said in the journal, and
   * changes nothing.
   */
  notify(event: object): void {
    const { notify } = this.#document.policy;
    if (notify === undefined) return;
    const before = this.#told;
    const told = this.#step('notify', async () => {
      await before;
      try {
        await this.#fleet.notify(this.#document, notify, event);
        return 'told';
      } catch (error) {
        if (!(error instanceof FleetError)) throw error;
        return error.message;
      }
    });
    // What the database says to it, it says to the next step as well.
    this.#told = told.then(
      () => {},
      () => {},
    );
  }
}

const UNDER_WAY = ['PENDING', 'ENQUEUED', 'DELAYED'] satisfies ('PENDING' | 'ENQUEUED' | 'DELAYED')[];
/** Milliseconds between two looks at a queue. */
const POLL_MS = 1000;
const POLL_MIN_MS = 50;
const TICK_MIN_S = 0.2;
