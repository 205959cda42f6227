import { type Kdump, kdumpAt } from '../capture/kdump.ts';
import { unloadAndRestore } from '../capture/restore.ts';
import { withLock } from '../holder/lock.ts';
import { runFolderFor } from '../holder/run-folder.ts';
import type { Host } from '../host.ts';
import { canReload } from '../load-limits.ts';
import type { Kernel } from '../syscalls/kernel.ts';
import { forgetCrash, ownsCrash } from './crash-record.ts';
import { forgetLoaded, readLoaded } from './loaded-record.ts';
import { unloadImages } from './slots.ts';

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
 * Unloads the image of a reboot. What is loaded for a panic goes with it where that is a part of what was loaded, and a kdump
 * service that is active loads its own again. A crash kernel of somebody else's stays.
 *
 * @throws RebootError `EBUSY` while another process loads; as unloadImages; LinuxError `EIO` where the service does not load it again.
 */
export async function unloadLoaded(
  host: Host,
  { kernel, kdump = kdumpAt('/'), folder }: UnloadOptions = {},
): Promise<void> {
  const notes = runFolderFor(kernel, folder);
  const given = kernel === undefined ? {} : { kernel };
  await withLock(notes, async () => {
    const takesCrash = notes === undefined ? undefined : isOurs(notes, host);
    // Without a note it may be ours, and may be not: a service that is able to loads its own again.
    if (takesCrash ?? (canReload(host) && (await kdump.service()) !== undefined)) {
      await unloadAndRestore(host, { ...given, kdump });
      if (notes !== undefined) forgetCrash(notes);
    }
    // As on a host without a region: the other slot is left alone.
    else await unloadImages({ ...host, kexecCrashSize: 0n }, kernel);
    if (notes !== undefined) forgetLoaded(notes);
  });
}

/**
 * Unloads what a panic starts, where that was loaded with a reboot of ours; a kdump service that is active loads its own again.
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
    if (!ownsCrash(notes, host)) return;
    await unloadAndRestore(host, { ...(kernel && { kernel }), kdump });
    forgetCrash(notes);
  });
}

/** Whether what a panic starts is ours; undefined where nobody noted what was loaded. */
const isOurs = (folder: string, host: Host): boolean | undefined =>
  ownsCrash(folder, host) || readLoaded(folder)?.takesCrash;
