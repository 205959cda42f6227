import { askHolder, type HostSlots, type LeaveOptions, readHost, rebootIntoLoaded, slotsOf } from '@kexeckit/linux';
import { RebootError } from '@kexeckit/reboot';
import type { Context } from '../../context.ts';
import type { ForceValues } from '../../options/force.ts';
import type { Request } from '../command.ts';
import { livingHolder } from './held.ts';

/** Reboots into what is loaded: where that goes well, nobody sees the result. */
export async function exec({ options }: Request<ForceValues>, { io }: Context): Promise<HostSlots> {
  const { force: atOnce = false } = options;
  return await leaveHere({ atOnce, ...(io.signal && { signal: io.signal }) });
}

/** The same, as anybody may wish it. */
export async function leaveHere(
  options: Pick<LeaveOptions, 'atOnce' | 'sync' | 'networkDown' | 'signal'>,
): Promise<HostSlots> {
  const host = await readHost();
  const { living, dead } = await livingHolder(host);
  if (dead !== undefined)
    throw new RebootError(
      'ESTALE',
      `process ${dead.pid}, in whose pages the image stood, has died; it is unloaded`,
      'load it again: kexeckit load',
    );
  // It looks once more at every page, and leaves the mark of the reboot.
  if (living !== undefined) await askHolder('leave');
  await rebootIntoLoaded(host, options);
  return slotsOf(host);
}
