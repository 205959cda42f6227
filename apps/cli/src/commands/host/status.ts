import { type HostSlots, readHost, slotsOf } from '@kexeckit/linux';
import { type Holding, holdingOf } from './held.ts';

/** What a kernel holds, and the process that it needs for that. */
export interface Status extends HostSlots {
  readonly holder: Holding | undefined;
}

/** What this kernel holds for a reboot and for a panic. Nothing is changed. */
export async function lookAtSlots(): Promise<Status> {
  const holder = await holdingOf();
  return { ...slotsOf(await readHost()), holder };
}
