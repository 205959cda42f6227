import { type HostSlots, readHost, slotsOf, unloadImages } from '@kexeckit/linux';

/** Unloads both images, and says what is loaded then. */
export async function unload(): Promise<HostSlots> {
  await unloadImages(await readHost());
  return slotsOf(await readHost());
}
