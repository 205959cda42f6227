import { type HostSlots, readHost, slotsOf } from '@kexeckit/linux';

/** What this kernel holds for a reboot and for a panic. */
export async function lookAtSlots(): Promise<HostSlots> {
  return slotsOf(await readHost());
}
