import type { Context } from '../../context.ts';
import type { Request } from '../command.ts';
import { withKnownRollouts } from './engine.ts';
import type { FleetValues, ResumeValues, StopValues } from './values.ts';
import { rolloutMeant } from './which.ts';

/** What a rollout was told. */
export interface Told {
  readonly rollout: string;
  readonly order: 'pause' | 'resume' | 'abort' | 'bypass';
  readonly host?: string;
  readonly why?: string;
  readonly failureBudget?: number;
}

/** What others are told where nobody says why. */
const PAUSED = 'paused by hand';
const ABORTED = 'aborted by hand';

/** What others are told is one line, and not a long one. */
const WHY_MOST = 200;
const line = (given: string): string => given.replace(/\s+/gu, ' ').trim().slice(0, WHY_MOST);

/** `kexeckit fleet pause` */
export const pauseFleet = ({ args: [id], options }: Request<StopValues>, context: Context): Promise<Told> =>
  tell(id, { order: 'pause', why: line(options.why ?? '') || PAUSED }, options, context);

/** `kexeckit fleet abort` */
export const abortFleet = ({ args: [id], options }: Request<StopValues>, context: Context): Promise<Told> =>
  tell(id, { order: 'abort', why: line(options.why ?? '') || ABORTED }, options, context);

/** `kexeckit fleet resume` */
export const resumeFleet = ({ args: [id], options }: Request<ResumeValues>, context: Context): Promise<Told> => {
  const { failureBudget } = options;
  return tell(id, { order: 'resume', ...(failureBudget !== undefined && { failureBudget }) }, options, context);
};

/** `kexeckit fleet bypass` */
export const bypassFleet = (
  { args: [host = '', id], options }: Request<FleetValues>,
  context: Context,
): Promise<Told> => tell(id, { order: 'bypass', host }, options, context);

type Order = Omit<Told, 'rollout'>;

/** @throws UsageError, CliError, FleetError where there is no such rollout or host, or it has ended. */
async function tell(named: string | undefined, order: Order, options: FleetValues, { io }: Context): Promise<Told> {
  return await withKnownRollouts(options, io, async (rollouts) => {
    const rollout = await rolloutMeant(rollouts, named);
    await rollouts.engine.orderRollout(rollouts.client, rollout, messageOf(order));
    return { rollout, ...order };
  });
}

/** As the rollout reads it. */
function messageOf({ order, host = '', why = '', failureBudget }: Order) {
  switch (order) {
    case 'pause':
    case 'abort':
      return { kind: order, why };
    case 'resume':
      return { kind: order, ...(failureBudget !== undefined && { failureBudget }) };
    case 'bypass':
      return { kind: order, host };
  }
}
