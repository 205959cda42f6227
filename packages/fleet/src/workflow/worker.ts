import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import type { Database } from '../database/database.ts';
import { FleetError } from '../error.ts';
import { oneLine } from '../printable.ts';
import { Fleet, type FleetContext } from './fleet.ts';
import { hostRoad } from './host.ts';
import { quietLogger } from './logger.ts';
import { HOST_WORKFLOW, type HostTask, ROLLOUT_WORKFLOW, type RolloutTask } from './names.ts';
import { rolloutRoad } from './rollout.ts';
import { inRun, type Run } from './runs.ts';
import { type Takeover, takeOver } from './takeover.ts';

/** A process that takes part in rollouts. There is one to a process. */
export interface Worker {
  readonly id: string;
  /** Leaves what is under way to the other workers. */
  stop(): Promise<void>;
}

/** Versions of the workflows' code: a worker goes on with what one of the same version has begun. */
const WORKFLOWS_VERSION = 'kexeckit-fleet/1';
/** Of a database: what DBOS calls the application. */
const APPLICATION = 'kexeckit-fleet';
/** Times that a workflow may be found with a dead worker. */
const RECOVERIES_MAX = 1_000_000;

let fleet: Fleet | undefined;
const theFleet = (): Fleet => {
  if (fleet === undefined) throw new FleetError('EINVAL', 'a workflow runs before its worker', 'Start a worker first');
  return fleet;
};

/** A run of a workflow. A road that breaks off because its worker ends, or the database does not take what it says, has not ended. */
const run = async <T>(road: (its: Fleet, run: Run) => Promise<T>): Promise<T> => {
  const its = theFleet();
  const begun = its.runs.begin(DBOS.workflowID ?? '');
  try {
    return await its.whileIn(() => inRun(begun, () => road(its, begun)));
  } finally {
    its.runs.end(begun);
  }
};

/** Registered once, for the process, before DBOS is launched. */
const register = once(() => {
  const config = { maxRecoveryAttempts: RECOVERIES_MAX };
  DBOS.registerWorkflow((task: HostTask) => run((its, begun) => hostRoad(its, task, begun)), {
    name: HOST_WORKFLOW,
    ...config,
  });
  DBOS.registerWorkflow(({ document }: RolloutTask) => run((its, begun) => rolloutRoad(its, document, begun)), {
    name: ROLLOUT_WORKFLOW,
    ...config,
  });
});

/**
 * Starts taking part in every rollout of a database: those that run, and those that begin.
 *
 * @throws FleetError EBUSY where the database takes no further worker; EIO where it does not let its tables be made or used.
 */
export async function startWorker(database: Database, context: FleetContext): Promise<Worker> {
  if (!database.takesWorkers)
    throw new FleetError(
      'EBUSY',
      'another process takes part already, and this database is for one',
      'Give a PostgreSQL database to several workers',
    );
  const id = database.kind === 'embedded' ? 'embedded' : randomUUID();
  register();
  DBOS.setConfig({
    name: APPLICATION,
    systemDatabasePool: database.pool,
    applicationVersion: WORKFLOWS_VERSION,
    executorID: id,
    logger: quietLogger,
    useListenNotify: database.kind === 'postgresql',
  });
  const client = await clientOf(database);
  const mine = new Fleet(client, context, id);
  fleet = mine;
  let takeover: Takeover | undefined;
  const stop = async (): Promise<void> => {
    mine.leave();
    await DBOS.shutdown({ workflowCompletionTimeoutMS: 0 });
    await takeover?.stop();
    await client.destroy();
    fleet = undefined;
  };
  try {
    // Before the first workflow is taken: a worker without its lock is a dead one to the others.
    takeover = await takeOver(database, client, id, mine.runs);
    await alone(database, () => DBOS.launch());
  } catch (cause) {
    await stop();
    throw notPrepared(cause);
  }
  return { id, stop };
}

/** The database answers, and does not let its tables be made or used: they are another program's, or the user may not. */
function notPrepared(cause: unknown): FleetError {
  const what = `the database cannot be prepared for rollouts: ${oneLine(cause instanceof Error ? cause.message : String(cause))}`;
  const hint = 'Give a database of its own, to a user that may make a schema in it';
  return new FleetError('EIO', what, hint, { cause });
}

/**
 * Launching makes the tables where they are missing, which two workers must not do at once. Nobody waits inside the database, because
 * its indexes are made only when nobody does.
 */
async function alone(database: Database, body: () => Promise<void>): Promise<void> {
  const connection = await database.connect();
  try {
    const lock = "SELECT pg_try_advisory_lock(hashtext('kexeckit-fleet tables')) AS mine";
    while ((await connection.query<{ mine: boolean }>(lock)).rows[0]?.mine !== true) await sleep(LOCK_LOOK_MS);
    await body();
  } finally {
    await connection.end();
  }
}

const LOCK_LOOK_MS = 200;

/** Who asks and orders, without taking part. */
export function clientOf(database: Database): Promise<DBOSClient> {
  return DBOSClient.create({
    systemDatabaseUrl: '',
    systemDatabasePool: database.pool,
    applicationName: APPLICATION,
    logger: quietLogger,
  });
}

function once(body: () => void): () => void {
  let done = false;
  return () => {
    if (!done) body();
    done = true;
  };
}
