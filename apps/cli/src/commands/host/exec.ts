import { type HostSlots, readHost, rebootIntoLoaded, slotsOf } from '@kexeckit/linux';

/** Reboots into what is loaded: where that goes well, nobody sees the result. */
export async function exec(): Promise<HostSlots> {
  const host = await readHost();
  await rebootIntoLoaded(host);
  return slotsOf(host);
}
