import { type Kdump, kdumpAt } from '../capture/kdump.ts';
import { reloadBack } from '../capture/kdump-service.ts';
import { askHolder, forgetGone, unloadDead } from '../holder/ask.ts';
import { withLockIfAny } from '../holder/lock.ts';
import { readHolder } from '../holder/record.ts';
import { runFolderFor } from '../holder/run-folder.ts';
import type { Host } from '../host.ts';
import { canReload } from '../load-limits.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import type { ImageSlot } from '../syscalls/kexec.ts';
import { forgetCrash, isCrashOurs } from './crash-record.ts';
import { isLoadedNow } from './loaded-now.ts';
import { readLoaded } from './loaded-record.ts';
import { forgetEmpty } from './own-slots.ts';
import { type EmptyOptions, unloadCrashToo, unloadSlot } from './slots.ts';

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
  const asked = kernel ?? (await thisKernel());
  await withLockIfAny(notes, async () => {
    const now = inSlots(asked, host);
    forgetEmpty(notes, { next: now.kexecLoaded, crash: now.kexecCrashLoaded });
    const isOurs = notes !== undefined && isCrashOurs(notes, now);
    // No load of ours goes without a note. Where none is kept it may be ours, and may be not: a service that is able to loads its own.
    const mayBeOurs = notes === undefined && now.kexecCrashLoaded !== false && canReload(host);
    const isAsked = isOurs || mayBeOurs;
    const byFiles = notes !== undefined && readLoaded(notes)?.byFiles === true;
    const service = isAsked ? await kdump.service() : undefined;
    const takesCrash = isOurs || service !== undefined;
    await unloadSlot(host, asked, 'next', { ...whileLoaded(asked, 'next'), byFiles });
    forgetEmpty(notes, { next: false, crash: undefined });
    if (!takesCrash) return;
    // Without a region there is no such slot.
    if (host.kexecCrashSize !== 0n) await unloadCrashToo(host, asked, whileLoaded(asked, 'crash'));
    forgetEmpty(notes, { next: false, crash: false });
    if (service !== undefined) await reloadBack(service, asked);
  });
}

/**
 * Unloads the image of a reboot as {@link unloadLoaded}; where a process holds it, that process lets go, and ends.
 *
 * @throws as unloadLoaded.
 */
export async function unloadForReboot(host: Host, options: UnloadOptions = {}): Promise<void> {
  const { kernel } = options;
  const folder = runFolderFor(kernel, options.folder);
  if (folder === undefined) return await unloadLoaded(host, options);
  await unloadDead(host, kernel, folder);
  const isLetGo =
    readHolder(folder) !== undefined &&
    (await askHolder('unload', folder).then(
      () => true,
      () => false,
    ));
  // One that does not answer ends by itself when it sees that nothing is loaded any more. A holder has nothing that a panic would
  // start: an earlier load of ours may have.
  if (isLetGo) return await unloadOwnCrash(host, options);
  await unloadLoaded(host, options);
  await forgetGone(folder);
}

/**
 * Unloads what a panic starts, whoever has loaded it. Nobody loads anything again.
 *
 * @throws as unloadLoaded.
 */
export async function unloadCrash(host: Host, { kernel, folder }: UnloadOptions = {}): Promise<void> {
  // Without a region there is no such slot.
  if (host.kexecCrashSize === 0n) return;
  const notes = runFolderFor(kernel, folder);
  const asked = kernel ?? (await thisKernel());
  await withLockIfAny(notes, async () => {
    await unloadSlot(host, asked, 'crash', whileLoaded(asked, 'crash'));
    if (notes !== undefined) forgetCrash(notes);
  });
}

/** A host, but for what stands in its slots: as the kernel says now, where it does. */
function inSlots(kernel: Kernel, host: Host): Host {
  const is = (slot: ImageSlot): boolean | undefined => isLoadedNow((path) => kernel.text(path), slot);
  return {
    ...host,
    kexecLoaded: is('next') ?? host.kexecLoaded,
    kexecCrashLoaded: is('crash') ?? host.kexecCrashLoaded,
  };
}

/** Whoever is waited for may have unloaded it. */
const whileLoaded = (kernel: Kernel, slot: ImageSlot): EmptyOptions => ({
  isWanted: () => isLoadedNow((path) => kernel.text(path), slot) !== false,
});

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
  const asked = kernel ?? (await thisKernel());
  await withLockIfAny(notes, async () => {
    const now = inSlots(asked, host);
    forgetEmpty(notes, { next: undefined, crash: now.kexecCrashLoaded });
    if (!isCrashOurs(notes, now)) return;
    const service = await kdump.service();
    await unloadSlot(host, asked, 'crash', whileLoaded(asked, 'crash'));
    forgetCrash(notes);
    if (service !== undefined) await reloadBack(service, asked);
  });
}
