import { LinuxError } from '../error.ts';
import type { Host } from '../host.ts';
import { busy } from '../machine/busy.ts';
import { unloadImages } from '../machine/slots.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { type Kdump, kdumpAt } from './kdump.ts';
import { reloadBack } from './kdump-service.ts';

/** Loads again what stood in the crash slot before. @throws LinuxError `EIO` where that fails: then nothing is kept for a panic. */
export type Restore = () => Promise<void>;

/** Nothing stood there, or it may be lost. */
export const nothingToRestore: Restore = async () => {};

/**
 * Who can load again the crash kernel that is loaded now: loading anything else loses it.
 *
 * @param mayBeLost the operator says that it may.
 * @throws RebootError `EBUSY` in phase `stage` for one that nobody could load again.
 */
export async function restorer(host: Host, kernel: Kernel, kdump: Kdump, mayBeLost: boolean): Promise<Restore> {
  if (host.kexecCrashLoaded === false) return nothingToRestore;
  const service = await kdump.service();
  if (service !== undefined) return () => reloadBack(service, kernel);
  if (mayBeLost) return nothingToRestore;
  if (host.kexecCrashLoaded === undefined)
    throw busy(
      'whether a crash kernel is loaded is not known: /sys/kernel/kexec_crash_loaded cannot be read',
      'mount sysfs at /sys, or say that one may be lost: --lose-crash-kernel',
    );
  throw busy(
    'a crash kernel is loaded, and no kdump service is active that could load it again',
    'unload it yourself, or say that it may be lost: --lose-crash-kernel',
  );
}

/**
 * Unloads what is loaded, for a reboot and for a panic, and lets the kdump service that is active load its crash kernel again.
 *
 * @returns the service's unit; undefined where none is active, and so nothing is loaded for a panic any more.
 * @throws RebootError as unloadImages; LinuxError `EIO` where the service does not load it again.
 */
export async function unloadAndRestore(
  host: Host,
  { kernel, kdump = kdumpAt('/') }: { readonly kernel?: Kernel; readonly kdump?: Kdump } = {},
): Promise<string | undefined> {
  const service = host.kexecCrashLoaded === false ? undefined : await kdump.service();
  const asked = kernel ?? (await thisKernel());
  await unloadImages(host, asked);
  if (service !== undefined) await reloadBack(service, asked);
  return service?.unit;
}

/** Restores because of an error, and returns that error. Where that fails, too, the error says both. */
export async function restoredAfter(error: unknown, restore: Restore): Promise<unknown> {
  try {
    await restore();
    return error;
  } catch (lost) {
    const hint = lost instanceof LinuxError ? lost.hint : 'load a crash kernel again';
    return new LinuxError('EIO', `${messageOf(error)}; and ${messageOf(lost)}`, hint, { cause: error });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
