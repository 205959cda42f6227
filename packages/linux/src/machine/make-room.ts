import type { Kdump } from '../capture/kdump.ts';
import { readHolder } from '../holder/record.ts';
import type { Host } from '../host-values.ts';
import type { Kernel } from '../syscalls/kernel.ts';
import { busy } from './busy.ts';
import { isCrashOurs, readCrash } from './crash-record.ts';
import { isLoadedNow } from './loaded-now.ts';
import { readLoaded } from './loaded-record.ts';
import { unloadForReboot } from './unload-loaded.ts';

/** What is to be loaded in the place of something else, by whom, and how the host is read again. */
export interface Replacing {
  readonly kernel: Kernel;
  /** Where it is noted what is loaded; undefined: nowhere. */
  readonly folder: string | undefined;
  readonly read: () => Promise<Host>;
  /** This host's kdump by default. */
  readonly kdump?: Kdump;
}

/**
 * Unloads what is loaded for a reboot, for whoever loads something in its place. To be called without the lock.
 *
 * @returns the host as it is then.
 * @throws RebootError as unloadForReboot: then it is loaded still.
 */
export async function makeRoom(host: Host, { kernel, folder, read, kdump }: Replacing): Promise<Host> {
  if (host.kexecLoaded !== true) return host;
  await unloadForReboot(host, { kernel, ...(folder !== undefined && { folder }), ...(kdump && { kdump }) });
  return await read();
}

/**
 * Whether the call that loads for a reboot may replace what is loaded: Linux does that in one step, and where the call fails the
 * earlier image stays. Not where a process of ours holds that, or a panic would start a part of it: these are to let go first.
 */
export function canReplace(folder: string | undefined, host: Host): boolean {
  if (host.kexecLoaded !== true || folder === undefined) return false;
  const record = readLoaded(folder);
  const isTied = record?.isHeld === true || record?.takesCrash === true || isCrashOurs(folder, host);
  return !isTied && readHolder(folder) === undefined;
}

/** A reboot that stands in the crash kernel's region is lost with a load for a panic. @throws RebootError `EBUSY` in phase `stage` */
export function refuseNextInRegion(folder: string | undefined, kernel: Kernel): void {
  if (folder === undefined || readCrash(folder) === undefined) return;
  const isLoaded = (slot: 'next' | 'crash'): boolean => isLoadedNow((path) => kernel.text(path), slot) !== false;
  if (!isLoaded('next') || !isLoaded('crash')) return;
  throw busy(
    'a reboot is loaded that stands in the region of the crash kernel',
    'reboot into it, or unload it first: kexeckit exec, kexeckit unload',
  );
}
