import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { Database } from '../src/database/database.ts';
import { openDatabase } from '../src/database/open.ts';
import { smallTar } from '../src/simulation/replies.ts';
import { startFarm } from '../src/simulation/start-farm.ts';
import { startRollout } from '../src/workflow/client.ts';
import { clientOf } from '../src/workflow/worker.ts';
import { addressOf, startPostgres } from '../test/support/postgres.ts';
import { rolloutOver } from '../test/support/rollouts.ts';
import { WorkerProcess } from '../test/support/workers.ts';

/** A rollout whose hosts answer at once. */
export interface Measurement {
  readonly database: 'postgresql' | 'embedded';
  readonly workers: number;
  readonly hosts: number;
  readonly concurrency: number;
  /** Seconds after which it is looked at, ended or not; where left out it is let end. */
  readonly seconds?: number;
}

export interface Measured {
  readonly seconds: number;
  /** Steps of workflows that the database has kept. */
  readonly steps: number;
  readonly hostsEnded: number;
  /** Bytes: the most that any worker had in memory. */
  readonly memory: number;
  /** Of processors, of all workers together. */
  readonly workerSeconds: number;
}

const LOOK_MS = 200;
/** Milliseconds of the farm's clock. */
const SOON = [1, 20] as const;
const AT_ONCE = { reply: SOON, load: SOON, drain: SOON, health: SOON, boot: SOON };

/** Rolls out, and looks at the database and at the workers' processes. */
export async function measure(what: Measurement): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  // Hosts take next to no time, and the limits of the policy remain seconds.
  const clock = { scale: 0.05, start: 1_800_000_000_000, realStart: Date.now() };
  const bundle = smallTar('class', 'blade\n');
  await writeFile(join(folder, 'class.tar'), bundle);
  const farm = await startFarm({
    seed: 1,
    hosts: what.hosts,
    clock,
    times: AT_ONCE,
    classes: [{ name: 'blade', share: 1, bundle: join(folder, 'class.tar') }],
    socket: join(folder, 'farm'),
  });
  const server = what.database === 'postgresql' ? await startPostgres() : undefined;
  const address = server === undefined ? join(folder, 'db') : addressOf(await server.fresh(), server.folder);
  const settings = { database: address, farm: farm.address, clock };
  const workers = Array.from({ length: what.workers }, (_, at) => new WorkerProcess(`worker-${at}`, settings));
  try {
    // One after the other: the first makes the tables.
    for (const worker of workers) await worker.start();
    const options = { id: 'measured', failureBudget: 0, concurrency: what.concurrency };
    const document = await rolloutOver(farm.config, join(folder, 'files'), [bundle], options);
    const database = await openDatabase(address);
    const client = await clientOf(database);
    const before = workers.reduce((sum, { pid }) => sum + processorSeconds(pid), 0);
    const began = Date.now();
    await startRollout(client, document);
    await untilEnded(client, what.seconds);
    const seconds = (Date.now() - began) / 1000;
    const workerSeconds = workers.reduce((sum, { pid }) => sum + processorSeconds(pid), 0) - before;
    const memory = Math.max(...workers.map(({ pid }) => peakMemory(pid)));
    const counts = { steps: await stepsIn(database), hostsEnded: await hostsEnded(database) };
    await client.destroy();
    await database.close();
    return { ...counts, seconds, memory, workerSeconds };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await farm.stop();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function untilEnded(client: DBOSClient, seconds = Number.POSITIVE_INFINITY): Promise<void> {
  for (const until = Date.now() + 1000 * seconds; Date.now() < until; ) {
    const [rollout] = await client.listWorkflows({ workflowIDs: ['measured'], loadInput: false });
    if (rollout?.status === 'SUCCESS') return;
    if (rollout?.status === 'ERROR') throw new Error('the rollout ended badly');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function countOf({ pool }: Database, query: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(query);
  return Number(rows[0]?.count);
}

const stepsIn = (database: Database): Promise<number> =>
  countOf(database, 'SELECT count(*) FROM dbos.operation_outputs');

const hostsEnded = (database: Database): Promise<number> =>
  countOf(
    database,
    `SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS' AND workflow_uuid <> 'measured'`,
  );

/** The most bytes that a process has had in memory. */
function peakMemory(pid: number): number {
  const [, kibibytes = Number.NaN] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return 1024 * Number(kibibytes);
}

const TICKS_A_SECOND = 100;

/** In user and in kernel mode. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
