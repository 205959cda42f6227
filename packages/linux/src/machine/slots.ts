import { type Phase, phases } from '@kexeckit/reboot';
import type { Host } from '../host.ts';
import { type Kernel, SystemCallError, thisKernel } from '../syscalls/kernel.ts';
import { type ImageSlot, kexecUnload } from '../syscalls/kexec.ts';
import { kexecFileUnload } from '../syscalls/kexec-file.ts';
import type { Attempt } from './cause.ts';
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
  attempt(host, phases.stage, () => unloadSlot(asked, 'next'));
  // Without a region there is no such slot.
  if (host.kexecCrashSize !== 0n) attempt(host, phases.stage, () => unloadSlot(asked, 'crash'));
}

/** Empties a slot by the call that is allowed here: a kernel that is locked down, or has the other one only, takes kexec_file_load. */
function unloadSlot(kernel: Kernel, slot: ImageSlot): void {
  try {
    kexecUnload(kernel, slot);
  } catch (error) {
    if (!(error instanceof SystemCallError) || !['EPERM', 'ENOSYS'].includes(error.code)) throw error;
    try {
      kexecFileUnload(kernel, slot);
    } catch {
      throw error;
    }
  }
}

/** Does what makes system calls, and says what their failure means here, of what was attempted. */
export function attempt(host: Host, phase: Phase, work: () => void, attempted: Attempt = {}): void {
  try {
    work();
  } catch (error) {
    throw explained(error, host, phase, attempted);
  }
}
