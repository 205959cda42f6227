import {
  askHolder,
  type Claim,
  claimReboot,
  type HostSlots,
  isLeaving,
  type LeaveOptions,
  readHost,
  rebootIntoLoaded,
  slotsOf,
} from '@kexeckit/linux';
import { RebootError } from '@kexeckit/reboot';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import type { Request } from '../command.ts';
import { livingHolder } from './held.ts';
import type { ExecValues } from './values.ts';

/** Reboots into what is loaded: where that goes well, nobody sees the result. */
export async function exec({ options }: Request<ExecValues>, { io }: Context): Promise<HostSlots> {
  const { force: atOnce = false, once: rollout, bootId } = options;
  const how = { atOnce, ...(io.signal && { signal: io.signal }) };
  if (rollout === undefined && bootId === undefined) return await leaveHere(how);
  if (rollout === undefined || bootId === undefined)
    throw new UsageError(
      'EINVAL',
      rollout === undefined ? '--boot-id stands without --once' : '--once stands without --boot-id',
      'give both: which rollout it is, and which boot may be left',
    );
  return await leaveOnce(how, () => claimReboot({ rollout, bootId }));
}

/** Claims the reboot right before it. What came to nothing can be claimed again; what may still be under way cannot. */
export async function leaveOnce(
  how: LeaveHow,
  claimIt: () => Claim,
  leaveBy: typeof leaveHere = leaveHere,
): Promise<HostSlots> {
  let claim: Claim | undefined;
  try {
    return await leaveBy(how, () => {
      claim = claimIt();
    });
  } catch (error) {
    if (!isLeaving(error)) claim?.withdraw();
    throw error;
  }
}

type LeaveHow = Pick<LeaveOptions, 'atOnce' | 'sync' | 'networkDown' | 'signal'>;

/** The same, as anybody may wish it. @param last done when all has been looked at, right before; what it throws ends it. */
export async function leaveHere(options: LeaveHow, last?: () => void): Promise<HostSlots> {
  const host = await readHost();
  const { living, dead } = await livingHolder(host);
  if (dead !== undefined)
    throw new RebootError(
      'ESTALE',
      `process ${dead.pid}, in whose pages the image stood, has died; it is unloaded`,
      'load it again: kexeckit load',
    );
  last?.();
  // It looks once more at every page, and leaves the mark of the reboot.
  if (living !== undefined) await askHolder('leave');
  await rebootIntoLoaded(host, options);
  return slotsOf(host);
}
