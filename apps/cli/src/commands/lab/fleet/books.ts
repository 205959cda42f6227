import type { Io } from '../../../io.ts';
import { withKnownRollouts } from '../../fleet/engine.ts';
import { clockOfWorld } from '../../fleet/world.ts';
import type { FleetBooks } from './routes.ts';
import { Statuses } from './statuses.ts';

/**
 * Opens a database of rollouts for as long as the work lasts.
 *
 * @throws CliError `ENOENT` where there is none, or none in it · FleetError where it does not answer.
 */
export async function withBooks(database: string, io: Io, work: (books: FleetBooks) => Promise<void>): Promise<void> {
  await withKnownRollouts({ database }, io, async ({ engine, client }) => {
    const clock = await clockOfWorld();
    const list: FleetBooks['list'] = async () =>
      (await engine.listRollouts(client)).toReversed().map(({ id, state }) => ({ id, state }));
    // A database without rollouts says so before anything is served.
    await list();
    await work({ list, statuses: new Statuses((id) => engine.statusOf(client, id, clock)) });
  });
}
