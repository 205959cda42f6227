import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { RolloutDocument, RolloutStatus } from '@kexeckit/rollout';
import { type Clock, scaledClock } from '../../src/clock.ts';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { FleetError } from '../../src/error.ts';
import { statusOf } from '../../src/observe/status.ts';
import { FakeHost, fakeAgent } from '../../src/testing/fake-fleet.ts';
import type { RunRequest, RunResult, Transport } from '../../src/transport/transport.ts';
import { clientOf, startWorker, type Worker } from '../../src/workflow/worker.ts';
import { addressOf, startPostgres, type TestServer } from './postgres.ts';

/** What the hooks of a policy do, by their program. */
export type Hooks = Map<string, (request: RunRequest, host: string) => Promise<number>>;

const LOOK_MS = 100;

/** A worker in this process, over hosts in memory and a server of its own. A second of its clock passes in a millisecond. */
export class Bench {
  readonly hosts = new Map<string, FakeHost>();
  readonly hooks: Hooks = new Map();
  readonly #server: TestServer;
  readonly database: Database;
  readonly client: DBOSClient;
  readonly clock: Clock;
  /** Milliseconds that the clock was set forward. */
  ahead = 0;
  #worker: Worker | undefined;

  private constructor(server: TestServer, database: Database, client: DBOSClient) {
    this.#server = server;
    this.database = database;
    this.client = client;
    const clock = scaledClock({ scale: 0.001, start: Date.UTC(2030, 0, 7, 12), realStart: Date.now() });
    this.clock = { ...clock, now: () => clock.now() + this.ahead };
  }

  static async open(): Promise<Bench> {
    const server = await startPostgres();
    const database = await openDatabase(addressOf(await server.fresh(), server.folder));
    return new Bench(server, database, await clientOf(database));
  }

  async work(): Promise<void> {
    const local: Transport = {
      name: 'local',
      run: (host, request) => this.#run(host.name, request),
      close: async () => {},
    };
    this.#worker = await startWorker(this.database, {
      clock: this.clock,
      transports: new Map([
        ['local', local],
        ['fake', local],
      ]),
      agentOf: () => fakeAgent(this.hosts),
      classKeyOf: (bundle) => Promise.resolve(Buffer.from(bundle).toString()),
    });
  }

  async rest(): Promise<void> {
    await this.#worker?.stop();
    this.#worker = undefined;
  }

  /** Hosts for a document, well but for those that are given. */
  host(document: RolloutDocument, others: Readonly<Record<string, FakeHost>> = {}): void {
    for (const { name } of document.hosts) this.hosts.set(name, others[name] ?? new FakeHost());
  }

  async #run(host: string, request: RunRequest): Promise<RunResult> {
    const known = request.argv.find((word) => this.hooks.has(word));
    const code = (await this.hooks.get(known ?? '')?.(request, host)) ?? 0;
    return { code, stdout: new Uint8Array(), stderr: '' };
  }

  /** Waits until something holds of a rollout. */
  async until(id: string, holds: (status: RolloutStatus) => boolean): Promise<RolloutStatus> {
    for (;;) {
      const status = await statusOf(this.client, id, this.clock);
      if (holds(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  ended(id: string): Promise<RolloutStatus> {
    return this.until(id, ({ state }) => state !== 'running');
  }

  async close(): Promise<void> {
    await this.rest();
    await this.client.destroy();
    await this.database.close();
    await this.#server.stop();
  }
}

/** What a transport says that is closed while it runs something. */
export const canceled = (): FleetError => new FleetError('ECANCELED', 'the transport was closed', '');

export const hook = (program: string) => ({ argv: [program] as [string], on: 'worker' as const, limitMs: 3_600_000 });
