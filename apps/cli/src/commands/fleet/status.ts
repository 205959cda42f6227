import type { RolloutStatus } from '@kexeckit/rollout';
import type { Context } from '../../context.ts';
import type { Request } from '../command.ts';
import { type Rollouts, withKnownRollouts } from './engine.ts';
import type { FleetValues } from './values.ts';
import { clockOfWorld } from './world.ts';

/** Every rollout, the oldest first. */
export type RolloutList = Awaited<ReturnType<Rollouts['engine']['listRollouts']>>;

/** How one rollout stands, or which there are. */
export type LookedAt =
  | { readonly kind: 'one'; readonly status: RolloutStatus }
  | { readonly kind: 'all'; readonly rollouts: RolloutList };

/** Looks. @throws CliError, FleetError `ENOENT` */
export async function lookAtFleet({ args: [id], options }: Request<FleetValues>, { io }: Context): Promise<LookedAt> {
  return await withKnownRollouts(options, io, async ({ engine, client }) => {
    if (id === undefined) return { kind: 'all', rollouts: await engine.listRollouts(client) };
    return { kind: 'one', status: await engine.statusOf(client, id, await clockOfWorld()) };
  });
}
