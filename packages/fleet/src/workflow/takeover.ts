import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DBOSClient, WorkflowStatus } from '@dbos-inc/dbos-sdk';
import type pg from 'pg';
import type { Database } from '../database/database.ts';
import { HOST_WORKFLOW, ROLLOUT_WORKFLOW } from './names.ts';
import type { Runs } from './runs.ts';

/** The watch over what workers have begun. */
export interface Takeover {
  stop(): Promise<void>;
}

/** Milliseconds between two looks at what is under way. */
const LOOK_MS = 2000;
/**
 * Looks in a row, over one connection, that find a worker without its lock until it is dead. A server that was restarted has let go of the
 * locks of all workers: who lives takes its own again at once. A workflow that was just given to this worker has a run as quickly.
 */
const LOOKS = 3;
/** Milliseconds until a connection that broke is tried again. */
const AGAIN_MS = 250;
/** Milliseconds that who leaves waits for a look to end. */
const STOP_MS = 5000;

/**
 * Goes on with what dead workers have begun. A worker that lives holds a lock on its id in the database, which lets go of it when the
 * worker's connection ends. Who gets the lock of another knows that it is dead.
 *
 * Its own is put back as well where no run of it goes on: the database has given it to this worker, and the answer was lost.
 */
export async function takeOver(database: Database, client: DBOSClient, id: string, runs: Runs): Promise<Takeover> {
  const watch = new Watch(database, client, id, runs);
  await watch.begin();
  return watch;
}

class Watch implements Takeover {
  readonly #database: Database;
  readonly #client: DBOSClient;
  readonly #id: string;
  readonly #runs: Runs;
  #connection: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;
  /** Workers that were found without their locks, and how often. */
  readonly #suspects = new Map<string, number>();
  /** This worker's own workflows that were found without a run, and how often. */
  #forgotten = new Map<string, number>();

  constructor(database: Database, client: DBOSClient, id: string, runs: Runs) {
    this.#database = database;
    this.#client = client;
    this.#id = id;
    this.#runs = runs;
  }

  async begin(): Promise<void> {
    await this.#hold();
    this.#later(LOOK_MS);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    // A server that does not answer keeps nobody from leaving.
    const left = this.#looking.then(() => this.#connection?.end());
    await Promise.race([left, sleep(STOP_MS, undefined, { ref: false })]);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      // One look at a time: one that hangs in a connection that broke has ended when the next one begins.
      this.#looking = this.#looking
        .then(() => this.#look())
        .then((isHeld) => {
          // It may have broken in the meantime.
          this.#later(isHeld && this.#connection !== undefined ? LOOK_MS : AGAIN_MS);
        });
    }, ms);
  }

  /** Holds this worker's own lock, by a connection that is kept. */
  async #hold(): Promise<pg.Client> {
    if (this.#connection !== undefined) return this.#connection;
    const connection = await this.#database.connect();
    try {
      await connection.query('SELECT pg_advisory_lock($1)', [lockOf(this.#id)]);
    } catch (error) {
      connection.end().catch(() => {});
      throw error;
    }
    connection.once('end', () => this.#broken(connection));
    this.#connection = connection;
    this.#suspects.clear();
    return connection;
  }

  /** Takes the lock again as soon as the server answers: it is what says that this worker lives. */
  #broken(connection: pg.Client): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#later(AGAIN_MS);
  }

  /** A database that does not answer is asked again soon. */
  async #look(): Promise<boolean> {
    try {
      const connection = await this.#hold();
      const pending = await this.#pending();
      await this.#recall(pending.filter(({ executorId }) => executorId === this.#id));
      const workers = new Set(pending.map(({ executorId }) => executorId));
      for (const worker of this.#suspects.keys()) if (!workers.has(worker)) this.#suspects.delete(worker);
      for (const worker of workers)
        if (worker !== undefined && worker !== this.#id) await this.#inherit(connection, worker);
      return true;
    } catch {
      const broken = this.#connection;
      this.#connection = undefined;
      broken?.end().catch(() => {});
      return false;
    }
  }

  #pending(of: { readonly executorId?: string } = {}): Promise<WorkflowStatus[]> {
    return this.#client.listWorkflows({ status: 'PENDING', loadInput: false, loadOutput: false, ...of });
  }

  /** Puts what a worker has begun back on its queues, if it has been dead for some looks. */
  async #inherit(connection: pg.Client, worker: string): Promise<void> {
    const lock = lockOf(worker);
    const { rows } = await connection.query<{ dead: boolean }>('SELECT pg_try_advisory_lock($1) AS dead', [lock]);
    if (rows[0]?.dead !== true) {
      this.#suspects.delete(worker);
      return;
    }
    try {
      const looks = (this.#suspects.get(worker) ?? 0) + 1;
      this.#suspects.set(worker, looks);
      if (looks < LOOKS) return;
      await this.#putBack(await this.#pending({ executorId: worker }));
    } finally {
      await connection.query('SELECT pg_advisory_unlock($1)', [lock]);
    }
  }

  /** Puts back what is this worker's by the database, and has had no run for some looks. */
  async #recall(mine: readonly WorkflowStatus[]): Promise<void> {
    const idle = mine.filter(({ workflowID, workflowName }) => isOurs(workflowName) && !this.#runs.has(workflowID));
    const looks = idle.map(({ workflowID }) => [workflowID, (this.#forgotten.get(workflowID) ?? 0) + 1] as const);
    this.#forgotten = new Map(looks);
    const forgotten = idle.filter(({ workflowID }) => (this.#forgotten.get(workflowID) ?? 0) >= LOOKS);
    await this.#putBack(forgotten);
    for (const { workflowID } of forgotten) this.#forgotten.delete(workflowID);
  }

  /** Each on its own queue. */
  async #putBack(workflows: readonly WorkflowStatus[]): Promise<void> {
    const byQueue = new Map<string | undefined, string[]>();
    for (const { queueName, workflowID } of workflows) {
      const ids = byQueue.get(queueName) ?? [];
      ids.push(workflowID);
      byQueue.set(queueName, ids);
    }
    for (const [queueName, ids] of byQueue)
      await this.#client.resumeWorkflows(ids, queueName === undefined ? {} : { queueName });
  }
}

/** What else is in the queues, nobody here can run. */
const isOurs = (name: string): boolean => name === HOST_WORKFLOW || name === ROLLOUT_WORKFLOW;

/** The number of a worker's lock: 63 bits of a digest, so that two workers do not share one. */
function lockOf(worker: string): string {
  const digest = createHash('sha256').update(`kexeckit-fleet ${worker}`).digest();
  return String(digest.readBigInt64BE(0));
}
