import { type HostSlots, readHost, slotsOf, unloadForReboot } from '@kexeckit/linux';
import type { Context } from '../../context.ts';
import { undisturbed } from '../../undisturbed.ts';
import type { Request } from '../command.ts';

/**
 * Unloads what was loaded, lets a kdump service load its own again where that was lost, and says what is loaded then. A process
 * that holds it lets go, and ends.
 */
export async function unload(_: Request<object>, context: Context): Promise<HostSlots> {
  context.doing = 'unloading';
  return await undisturbed(context, async () => {
    await unloadForReboot(await readHost());
    return slotsOf(await readHost());
  });
}
