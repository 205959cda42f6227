import { type Kdump, kdumpAt } from '../capture/kdump.ts';
import { withLock } from '../holder/lock.ts';
import { runFolderFor } from '../holder/run-folder.ts';
import type { Host } from '../host.ts';
import { canReload } from '../load-limits.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { forgetCrash, isCrashOurs } from './crash-record.ts';
import { forgetLoaded, readLoaded } from './loaded-record.ts';
import { unloadImages, unloadSlot } from './slots.ts';

/** How what is loaded is unloaded. */
export interface UnloadOptions {
  /** The kernel to ask; the one below by default. */
  readonly kernel?: Kernel;
  /** This host's kdump by default. */
  readonly kdump?: Kdump;
  /** Where it was noted what was loaded; `/run/kexeckit` for the kernel below. */
  readonly folder?: string;
}

/**
 * Unloads the image of a reboot. What is loaded for a panic goes with it where that is ours, of this load or an earlier one, and a
 * kdump service that is active loads its own again. A crash kernel of somebody else's stays.
 *
 * @throws RebootError `EBUSY` while another process loads; as unloadImages; LinuxError `EIO` where the service does not load it again.
 */
export async function unloadLoaded(
  host: Host,
  { kernel, kdump = kdumpAt('/'), folder }: UnloadOptions = {},
): Promise<void> {
  const notes = runFolderFor(kernel, folder);
  await withLock(notes, async () => {
    const isOurs = notes !== undefined && isCrashOurs(notes, host);
    // Without any note it may be ours, and may be not: a service that is able to loads its own again.
    const mayBeOurs = isOurs || notes === undefined || readLoaded(notes) === undefined;
    const isAsked = host.kexecCrashLoaded !== false && (isOurs || (mayBeOurs && canReload(host)));
    const service = isAsked ? await kdump.service() : undefined;
    const takesCrash = isOurs || service !== undefined;
    // As on a host without a region: the other slot is left alone.
    await unloadImages(takesCrash ? host : { ...host, kexecCrashSize: 0n }, kernel);
    if (notes !== undefined) forgetBoth(notes, takesCrash);
    if (takesCrash) await service?.reload();
  });
}

/**
 * Unloads what a panic starts, where that is ours; a kdump service that is active loads its own again.
 *
 * @throws as unloadLoaded.
 */
export async function unloadOwnCrash(
  host: Host,
  { kernel, kdump = kdumpAt('/'), folder }: UnloadOptions = {},
): Promise<void> {
  const notes = runFolderFor(kernel, folder);
  if (notes === undefined) return;
  await withLock(notes, async () => {
    if (!isCrashOurs(notes, host)) return;
    const service = await kdump.service();
    await unloadSlot(host, kernel ?? (await thisKernel()), 'crash');
    forgetCrash(notes);
    await service?.reload();
  });
}

function forgetBoth(notes: string, takesCrash: boolean): void {
  forgetLoaded(notes);
  if (takesCrash) forgetCrash(notes);
}
