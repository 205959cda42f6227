import { type HostSlots, readHost, rebootIntoLoaded, slotsOf } from '@kexeckit/linux';
import type { Context } from '../../context.ts';
import type { ForceValues } from '../../options/force.ts';
import type { Request } from '../command.ts';

/** Reboots into what is loaded: where that goes well, nobody sees the result. */
export async function exec({ options }: Request<ForceValues>, { io }: Context): Promise<HostSlots> {
  const host = await readHost();
  const { force: atOnce = false } = options;
  await rebootIntoLoaded(host, { atOnce, ...(io.signal && { signal: io.signal }) });
  return slotsOf(host);
}
