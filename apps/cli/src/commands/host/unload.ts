import { type HostSlots, readHost, slotsOf, unloadAndRestore } from '@kexeckit/linux';

/** Unloads both images, lets the kdump service load its own again, and says what is loaded then. */
export async function unload(): Promise<HostSlots> {
  await unloadAndRestore(await readHost());
  return slotsOf(await readHost());
}
