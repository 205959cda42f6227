import { type Phase, phases } from '@kexeckit/reboot';
import type { Host } from '../host.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { kexecUnload } from '../syscalls/kexec.ts';
import { explained } from './explain.ts';

/** What a kernel holds for a reboot, and for a panic; undefined where it does not say. */
export interface HostSlots {
  readonly next: boolean | undefined;
  readonly crash: boolean | undefined;
  /** Bytes that are reserved for a crash kernel. */
  readonly crashSize: bigint | undefined;
}

/** What is loaded on a host now. */
export function slotsOf({ kexecLoaded, kexecCrashLoaded, kexecCrashSize }: Host): HostSlots {
  return { next: kexecLoaded, crash: kexecCrashLoaded, crashSize: kexecCrashSize };
}

/**
 * Unloads both images, that of a reboot first: it may lead to the other one. Where nothing is loaded, nothing happens.
 *
 * @throws RebootError in phase `stage`, with what the kernel's errno means on this host.
 */
export async function unloadImages(host: Host, kernel?: Kernel): Promise<void> {
  const asked = kernel ?? (await thisKernel());
  attempt(host, phases.stage, () => kexecUnload(asked, 'next'));
  // Without a region there is no such slot.
  if (host.kexecCrashSize !== 0n) attempt(host, phases.stage, () => kexecUnload(asked, 'crash'));
}

/** Does what makes system calls, and says what their failure means here. */
export function attempt(host: Host, phase: Phase, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw explained(error, host, phase);
  }
}
