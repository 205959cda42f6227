import { askHolder, type HostSlots, readHost, slotsOf, unloadAndRestore } from '@kexeckit/linux';
import { livingHolder } from './held.ts';

/**
 * Unloads both images, lets the kdump service load its own again, and says what is loaded then. A process that holds one of
 * them lets go, and ends.
 */
export async function unload(): Promise<HostSlots> {
  const host = await readHost();
  const { living } = await livingHolder(host);
  const isLetGo =
    living !== undefined &&
    (await askHolder('unload').then(
      () => true,
      () => false,
    ));
  // One that does not answer ends by itself when it sees that nothing is loaded any more. What a panic would start was loaded
  // by somebody else: a holder has nothing there.
  if (!isLetGo) await unloadAndRestore(host);
  return slotsOf(await readHost());
}
