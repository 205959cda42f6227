import { isDeepStrictEqual } from 'node:util';
import { type RolloutDocument, type RolloutStatus, readRolloutDocument } from '@kexeckit/rollout';
import type { Context } from '../../context.ts';
import { CliError } from '../../error.ts';
import type { Io } from '../../io.ts';
import { readInput } from '../../options/files.ts';
import { textOf } from '../../options/text.ts';
import { shellWord } from '../../quoted.ts';
import { FleetProgress } from '../../render/fleet/progress.ts';
import { told } from '../../render/status-line.ts';
import type { Request } from '../command.ts';
import { contextOf } from './context.ts';
import { checkFilesOf } from './digested.ts';
import { type Rollouts, withRollouts } from './engine.ts';
import { follow } from './follow.ts';
import { withoutPassword } from './password.ts';
import type { FleetValues } from './values.ts';
import { openWorld, type World } from './world.ts';

/** Bytes of a rollout: half a million hosts have fewer. */
const DOCUMENT_MOST = 2 ** 29;

/** Starts a rollout, or goes on with it, and takes part until it ends. */
export async function runFleet({ args, options }: Request<FleetValues>, { io }: Context): Promise<RolloutStatus> {
  const [path = ''] = args;
  const document = readRolloutDocument(textOf(await readInput(path, 'the rollout', io, DOCUMENT_MOST), 'the rollout'));
  await checkFilesOf(document, io.signal);
  const world = await openWorld();
  try {
    return await withRollouts(options, io, (rollouts) => takePart(rollouts, world, document, path, options, io));
  } finally {
    await world.close();
  }
}

async function takePart(
  rollouts: Rollouts,
  world: World,
  document: RolloutDocument,
  path: string,
  { database }: FleetValues,
  io: Io,
): Promise<RolloutStatus> {
  const { engine } = rollouts;
  const worker = await told(io, 'preparing the database', () =>
    engine.startWorker(rollouts.database, contextOf(world)),
  );
  const progress = new FleetProgress(io, document);
  try {
    await startOrGoOn(rollouts, document);
    return await follow(rollouts, document.id, world.clock, io.signal, (status) => progress.show(status));
  } catch (error) {
    if (!io.signal?.aborted) throw error;
    const shown = database === undefined ? undefined : withoutPassword(database);
    const where = shown === undefined ? '' : ` --database ${shellWord(shown)}`;
    const secret = shown === database ? '' : ', with the password in PGPASSWORD';
    const hint = `the rollout stands as it is; go on: kexeckit fleet run ${shellWord(path)}${where}${secret}`;
    throw new CliError('ECANCELED', 'it was left', hint, { cause: io.signal.reason });
  } finally {
    progress.end();
    await worker.stop();
  }
}

/** @throws CliError `EEXIST` where another rollout has this id. */
async function startOrGoOn({ engine, client }: Rollouts, document: RolloutDocument): Promise<void> {
  const { id } = document;
  const [known] = await engine.listRollouts(client, id);
  if (known === undefined) return await engine.startRollout(client, document);
  // What is undefined, and what is left out, are the same in a database.
  if (isDeepStrictEqual(await engine.documentOf(client, id), JSON.parse(JSON.stringify(document)))) return;
  throw new CliError(
    'EIO',
    `there is a rollout ${id} in this database, and it is another one`,
    'plan again: kexeckit fleet plan gives an id that nobody has',
  );
}
