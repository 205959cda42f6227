import type { Context } from '../../context.ts';
import { CliError } from '../../error.ts';
import type { FleetWorkerJson } from '../../json/fleet.ts';
import { plainJson } from '../../render/json.ts';
import type { Request, View } from '../command.ts';
import { contextOf } from './context.ts';
import { checkFilesOf } from './digested.ts';
import { type Rollouts, withRollouts } from './engine.ts';
import type { FleetValues } from './values.ts';
import { openWorld } from './world.ts';

/** Takes part until the work is to end. */
export async function takePart({ options }: Request<FleetValues>, { io }: Context): Promise<void> {
  const world = await openWorld();
  try {
    await withRollouts(options, io, async (rollouts) => {
      const { engine, database } = rollouts;
      await checkRunning(rollouts, io.signal);
      const worker = await engine.startWorker(database, contextOf(world));
      const told: FleetWorkerJson = { worker: worker.id, database: database.kind };
      io.out(options.json ? plainJson(told) : `worker ${worker.id} takes part until Ctrl-C\n`);
      try {
        await untilAborted(io.signal);
      } finally {
        await worker.stop();
      }
    });
  } finally {
    await world.close();
  }
}

/** Refuses to take part where the files of a rollout that runs are not here. What begins later is looked at host by host. */
async function checkRunning({ engine, client }: Rollouts, signal: AbortSignal | undefined): Promise<void> {
  for (const id of await running(engine, client)) {
    try {
      await checkFilesOf(await engine.documentOf(client, id), signal);
    } catch (cause) {
      if (!(cause instanceof CliError)) throw cause;
      throw new CliError(cause.code, `rollout ${id}: ${cause.message}`, cause.hint, { cause });
    }
  }
}

async function running(engine: Rollouts['engine'], client: Rollouts['client']): Promise<string[]> {
  try {
    const all = await engine.listRollouts(client);
    return all.filter(({ state }) => state === 'running' || state === 'waiting').map(({ id }) => id);
  } catch {
    // A new database has no tables yet.
    return [];
  }
}

async function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** All has been said when it began. */
export const workerView: View<void> = { text: () => '', json: () => undefined };
