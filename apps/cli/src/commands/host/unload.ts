import {
  askHolder,
  forgetGone,
  type HostSlots,
  readHost,
  slotsOf,
  unloadLoaded,
  unloadOwnCrash,
} from '@kexeckit/linux';
import type { Context } from '../../context.ts';
import { undisturbed } from '../../undisturbed.ts';
import type { Request } from '../command.ts';
import { livingHolder } from './held.ts';

/**
 * Unloads what was loaded, lets a kdump service load its own again where that was lost, and says what is loaded then. A process
 * that holds it lets go, and ends.
 */
export async function unload(_: Request<object>, context: Context): Promise<HostSlots> {
  return await undisturbed(context, unloadHere);
}

async function unloadHere(): Promise<HostSlots> {
  const host = await readHost();
  const { living } = await livingHolder(host);
  const isLetGo =
    living !== undefined &&
    (await askHolder('unload').then(
      () => true,
      () => false,
    ));
  // One that does not answer ends by itself when it sees that nothing is loaded any more. A holder has nothing that a panic would
  // start: an earlier load of ours may have.
  if (isLetGo) await unloadOwnCrash(await readHost());
  else {
    await unloadLoaded(host);
    await forgetGone();
  }
  return slotsOf(await readHost());
}
