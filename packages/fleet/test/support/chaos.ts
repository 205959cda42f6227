import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { RolloutDocument, RolloutStatus } from '@kexeckit/rollout';
import { type ClockSettings, scaledClock } from '../../src/clock.ts';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { statusOf } from '../../src/observe/status.ts';
import { type FateKind, type FatePolicy, inEveryPhase } from '../../src/simulation/fates.ts';
import type { LedgerEntry } from '../../src/simulation/ledger.ts';
import { smallTar } from '../../src/simulation/replies.ts';
import { type RunningFarm, startFarm } from '../../src/simulation/start-farm.ts';
import { orderRollout, startRollout } from '../../src/workflow/client.ts';
import { ORDERS_EVENT } from '../../src/workflow/names.ts';
import type { Order, Orders } from '../../src/workflow/orders.ts';
import { clientOf } from '../../src/workflow/worker.ts';
import { addressOf, startPostgres, type TestServer } from './postgres.ts';
import { rolloutOver } from './rollouts.ts';
import { type Strike, strikesOf } from './strikes.ts';
import { Wire } from './wire.ts';
import { WorkerProcess } from './workers.ts';

/**
 * A rollout in bad weather. The seed decides all that goes wrong: what befalls which host at which of its commands, and at which command of
 * which host a worker is killed, the database restarted, the network cut. What other hosts are at in that moment is up to the machine.
 */
export interface Chaos {
  readonly seed: number;
  readonly hosts: number;
  readonly database: 'postgresql' | 'embedded';
  readonly workers: number;
  /** Workers that are killed, in the whole of it. */
  readonly kills: number;
  readonly restarts: number;
  /** Times that a worker is cut off the database. */
  readonly cuts: number;
  /** Commits of a worker to one that the database keeps, and whose answer is lost; which ones is up to the machine. None. */
  readonly losesEach?: number;
  /** Of the commands of hosts, whose connections are cut. A fiftieth. */
  readonly apartShare?: number;
  /** Whether hosts have the fault that they reboot for everybody. */
  readonly isForgetful?: boolean;
  /** Of the hosts, in each phase. */
  readonly troubleShare: number;
  readonly fates?: Partial<Record<FateKind, number>>;
  /** Of hosts by name, in the place of what befalls them by the seed. */
  readonly fatesOf?: Readonly<Record<string, readonly FateKind[]>>;
  readonly failureBudget: number;
  readonly concurrency: number;
  readonly scale: number;
  /** What an operator says, when the farm has been asked so often for each host. */
  readonly orders?: readonly { readonly at: number; readonly order: Order }[];
}

/** What is left to be judged. */
export interface ChaosEnd {
  readonly chaos: Chaos;
  readonly document: RolloutDocument;
  readonly status: RolloutStatus;
  readonly ledger: readonly LedgerEntry[];
  readonly fates: FatePolicy;
  readonly strikes: readonly Strike[];
  readonly kills: number;
  readonly restarts: number;
  readonly seconds: number;
}

const PREFIX = 'host-';
const LOOK_MS = 200;
const TRIES = 100;
const CUT_MS = 1500;

/** @param shared a server that runs already, where several rollouts share one. */
export async function goThrough(chaos: Chaos, shared?: TestServer): Promise<ChaosEnd> {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  const began = Date.now();
  const clock = { scale: chaos.scale, start: 1_800_000_000_000, realStart: began };
  const bundles = ['blade', 'board', 'vm'].map((name) => smallTar('class', `${name}\n`));
  const classes = await Promise.all(bundles.map((bundle, at) => classFile(folder, at, bundle)));
  const fates = { shares: chaos.fates ?? inEveryPhase(chaos.troubleShare), hosts: chaos.fatesOf };
  const apartShare = chaos.apartShare ?? 0.02;
  const { seed, hosts, kills: kill, restarts: restart, cuts: cut } = chaos;
  const counts = { kill, restart, cut };
  const strikes = strikesOf({ seed, hosts, prefix: PREFIX, fates, apartShare, counts });
  const farm = await startFarm({
    seed,
    hosts,
    prefix: PREFIX,
    clock,
    classes,
    fates,
    cuts: { share: apartShare },
    halts: strikes.map(({ halt }) => halt),
    isForgetful: chaos.isForgetful ?? false,
    socket: join(folder, 'farm'),
    ledger: join(folder, 'ledger'),
  });
  const own = chaos.database === 'postgresql' && shared === undefined ? await startPostgres() : undefined;
  const server = shared ?? own;
  const weather = new Weather(chaos, strikes, folder, farm, server, clock);
  try {
    await weather.begin();
    const document = await rolloutOver(farm.config, join(folder, 'files'), bundles, {
      id: `chaos-${chaos.seed}`,
      failureBudget: chaos.failureBudget,
      concurrency: chaos.concurrency,
    });
    const status = await weather.rollOut(document);
    const ledger = await farm.ledger();
    const { kills, restarts } = weather;
    const seconds = (Date.now() - began) / 1000;
    return { chaos, document, status, ledger, fates, strikes, kills, restarts, seconds };
  } finally {
    await weather.end();
    await farm.stop();
    await own?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function classFile(folder: string, at: number, bundle: Uint8Array) {
  const path = join(folder, `class-${at}.tar`);
  await writeFile(path, bundle);
  return { name: `class-${at}`, share: at + 1, bundle: path };
}

class Weather {
  readonly #chaos: Chaos;
  readonly #strikes: readonly Strike[];
  readonly #folder: string;
  readonly #farm: RunningFarm;
  readonly #server: TestServer | undefined;
  readonly #clock: ClockSettings;
  readonly #wires: Wire[] = [];
  readonly #workers: WorkerProcess[] = [];
  #asking: { readonly database: Database; readonly client: DBOSClient } | undefined;
  #name = '';
  restarts = 0;

  constructor(
    chaos: Chaos,
    strikes: readonly Strike[],
    folder: string,
    farm: RunningFarm,
    server: TestServer | undefined,
    clock: ClockSettings,
  ) {
    this.#chaos = chaos;
    this.#strikes = strikes;
    this.#folder = folder;
    this.#farm = farm;
    this.#server = server;
    this.#clock = clock;
  }

  get kills(): number {
    return this.#workers.reduce((sum, { kills }) => sum + kills, 0);
  }

  async begin(): Promise<void> {
    this.#name = (await this.#server?.fresh()) ?? '';
    for (let at = 0; at < this.#chaos.workers; at++) {
      const database = await this.#databaseFor(at);
      const settings = { database, farm: this.#farm.address, clock: this.#clock };
      this.#workers.push(new WorkerProcess(`worker-${at}`, settings));
    }
    await Promise.all(this.#workers.map((worker) => worker.start()));
    for (const wire of this.#wires) wire.loseEach(this.#chaos.losesEach ?? Number.POSITIVE_INFINITY);
  }

  async #databaseFor(at: number): Promise<string> {
    if (this.#server === undefined) return join(this.#folder, 'db');
    const near = join(this.#folder, `net-${at}`);
    await mkdir(near);
    const socketIn = (folder: string): string => join(folder, '.s.PGSQL.5432');
    this.#wires.push(await Wire.between(socketIn(near), socketIn(this.#server.folder)));
    return addressOf(this.#name, near);
  }

  async rollOut(document: RolloutDocument): Promise<RolloutStatus> {
    await this.#ask(async (client) => startRollout(client, document));
    const isStruck = this.#strikeAll();
    const isOver = this.#untilOver(document);
    await Promise.race([isOver, isStruck.then(() => isOver)]);
    return await this.#ask((client) => statusOf(client, document.id, scaledClock(this.#clock)));
  }

  async #untilOver(document: RolloutDocument): Promise<void> {
    const orders = [...(this.#chaos.orders ?? [])];
    for (;;) {
      const { requests } = await this.#farm.figures();
      for (let next = orders[0]; next !== undefined && next.at * this.#chaos.hosts <= requests; next = orders[0]) {
        orders.shift();
        await this.#say(document.id, next.order);
      }
      const ended = await this.#ask(async (client) => (await client.getWorkflow(document.id))?.status);
      if (ended === 'SUCCESS' || ended === 'ERROR') return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Strikes where the world stands still, one blow after the other, as long as the farm runs. */
  async #strikeAll(): Promise<void> {
    for (let left = this.#strikes.length; left > 0; left--) {
      const halted = await this.#farm.halted().catch(() => undefined);
      const strike = halted && this.#strikes[halted.halt];
      if (halted === undefined || strike === undefined) return;
      await this.#strike(
        strike,
        this.#workers.findIndex(({ name }) => name === halted.worker),
      );
      await this.#farm.goOn(halted.halt, strike.kind !== 'kill');
    }
  }

  async #strike({ kind }: Strike, worker: number): Promise<void> {
    switch (kind) {
      case 'kill':
        return await this.#workers[worker]?.killAndStart();
      case 'cut':
        return this.#wires[worker]?.cut(CUT_MS);
      case 'restart':
        await this.#server?.restart();
        this.restarts++;
    }
  }

  /** Asks the database, again where it does not answer at the moment. */
  async #ask<T>(question: (client: DBOSClient) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        this.#asking ??= await this.#connect();
        const answer = await question(this.#asking.client);
        await this.#leaveToWorkers();
        return answer;
      } catch (error) {
        await this.#asking?.database.close().catch(() => {});
        this.#asking = undefined;
        if (tries > TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    }
  }

  /** A folder that has no worker at the moment is not kept from it. */
  async #leaveToWorkers(): Promise<void> {
    if (this.#server !== undefined || this.#asking?.database.takesWorkers === false) return;
    await this.#asking?.database.close();
    this.#asking = undefined;
  }

  async #connect(): Promise<{ readonly database: Database; readonly client: DBOSClient }> {
    const database = await openDatabase(
      this.#server === undefined ? join(this.#folder, 'db') : addressOf(this.#name, this.#server.folder),
      'ask',
    );
    return { database, client: await clientOf(database) };
  }

  /** Gives an order, and notes it in the farm's ledger when it is followed. A resume is noted before: what comes after it is allowed. */
  async #say(id: string, order: Order): Promise<void> {
    if (order.kind === 'resume') await this.#farm.note('resumed');
    await this.#ask((client) => orderRollout(client, id, order));
    for (;;) {
      const orders = await this.#ask((client) => client.getEvent<Orders>(id, ORDERS_EVENT, { timeoutSeconds: 0 }));
      if (orders !== null && isFollowed(orders, order)) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (order.kind === 'pause') await this.#farm.note('paused');
    if (order.kind === 'abort') await this.#farm.note('aborted');
  }

  async end(): Promise<void> {
    await this.#asking?.database.close();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await Promise.all(this.#wires.map((wire) => wire.close()));
  }
}

function isFollowed({ paused, aborted, bypass }: Orders, order: Order): boolean {
  switch (order.kind) {
    case 'pause':
      return paused === order.why;
    case 'resume':
      return paused === undefined;
    case 'abort':
      return aborted !== undefined;
    case 'bypass':
      return bypass.includes(order.host);
  }
}
