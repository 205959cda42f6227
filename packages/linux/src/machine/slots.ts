import { setTimeout as sleep } from 'node:timers/promises';
import { type Phase, phases, RebootError } from '@kexeckit/reboot';
import type { Host } from '../host.ts';
import { type Kernel, SystemCallError, thisKernel } from '../syscalls/kernel.ts';
import { type ImageSlot, kexecLoad, kexecUnload } from '../syscalls/kexec.ts';
import { kexecFileUnload } from '../syscalls/kexec-file.ts';
import type { Attempt } from './cause.ts';
import { explained } from './explain.ts';
import { type HostAndKernel, hostNow } from './host-now.ts';
import type { LoadedImage } from './routes/image.ts';

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
 * @throws RebootError in phase `stage`, with what the kernel's errno means on this host, and what is loaded still.
 */
export async function unloadImages(host: Host, kernel?: Kernel): Promise<void> {
  const asked = kernel ?? (await thisKernel());
  await unloadSlot(host, asked, 'next');
  // Without a region there is no such slot.
  if (host.kexecCrashSize !== 0n) await unloadCrashToo(host, asked);
}

/** Unloads what a panic starts, behind what a reboot starts. @throws as unloadImages */
export async function unloadCrashToo(host: Host, kernel: Kernel, options: EmptyOptions = {}): Promise<void> {
  try {
    await unloadSlot(host, kernel, 'crash', options);
  } catch (error) {
    throw error instanceof RebootError ? stays(error) : error;
  }
}

const stays = (error: RebootError): RebootError =>
  new RebootError(
    error.code,
    `nothing is loaded for a reboot any more, but what a panic starts stays: ${error.message}`,
    error.hint,
    { phase: phases.stage, cause: error },
  );

/**
 * Unloads what stands in a slot, as {@link emptySlot}.
 *
 * @throws RebootError in phase `stage`, with what the kernel's errno means on this host: then it is loaded still.
 */
export async function unloadSlot(
  host: Host,
  kernel: Kernel,
  slot: ImageSlot,
  options: EmptyOptions = {},
): Promise<void> {
  try {
    await emptySlot(kernel, slot, options);
  } catch (error) {
    throw explained(error, hostNow({ host, kernel }), phases.stage, { slot, unloads: true });
  }
}

/** How a slot is emptied. */
export interface EmptyOptions {
  /** Asked before each attempt: whether it is to be emptied still. Always by default. */
  readonly isWanted?: () => boolean;
  /** Files stand in it: the call that took them is allowed, and is asked first. */
  readonly byFiles?: boolean;
  /** Waits for the next attempt. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Milliseconds between two attempts, and how many there are. */
const PAUSE = 100;
const ATTEMPTS = 100;
/** The same where each attempt takes one of the few calls that are left. */
const SPARING = { pause: 1000, attempts: 10 } as const;

/**
 * Empties a slot, by the call that is allowed here: a kernel that is locked down by now, or has the other one only, takes
 * kexec_file_load. Another process may be loading just now, or plugging memory: that is waited for. Where calls are limited, so
 * many are left as another attempt takes: the next one who asks to unload needs them.
 *
 * @throws SystemCallError of the first call.
 */
export async function emptySlot(
  kernel: Kernel,
  slot: ImageSlot,
  { isWanted = () => true, byFiles = false, pause = sleep }: EmptyOptions = {},
): Promise<void> {
  const before = limitNow(kernel, slot);
  const { pause: milliseconds, attempts } = before === undefined ? { pause: PAUSE, attempts: ATTEMPTS } : SPARING;
  for (let left = attempts; isWanted(); left--) {
    if (before !== undefined && left > 0 && isLocked(kernel)) {
      await pause(milliseconds);
      continue;
    }
    const had = limitNow(kernel, slot) ?? 0;
    const error = emptied(kernel, slot, byFiles);
    if (error === undefined) return;
    const has = limitNow(kernel, slot);
    const isSpent = has !== undefined && has < 2 * (had - has);
    if (error.code !== 'EBUSY' || left === 0 || isSpent) throw error;
    await pause(milliseconds);
  }
}

/** Calls that a slot has left, as the kernel says right now; undefined where any number is, or it does not say. */
function limitNow(kernel: Kernel, slot: ImageSlot): number | undefined {
  const said = kernel.text(`/proc/sys/kernel/kexec_load_limit_${slot === 'crash' ? 'panic' : 'reboot'}`);
  const left = Number(said ?? -1);
  return left >= 0 ? left : undefined;
}

/** Without a region neither is there. */
const REGION = [
  { loaded: '/sys/kernel/kexec_crash_loaded', size: '/sys/kernel/kexec_crash_size' },
  { loaded: '/sys/kernel/kexec/crash_loaded', size: '/sys/kernel/kexec/crash_size' },
] as const;

/**
 * Whether somebody loads just now, without a call that counts: Linux takes the same lock to say the size of the crash region, and
 * where it cannot, the read fails (crash_get_memory_size, from 6.0 on).
 */
const isLocked = (kernel: Kernel): boolean =>
  REGION.some(({ loaded, size }) => kernel.text(loaded) !== undefined && kernel.text(size) === undefined);

/** What one call is refused with, and the other may be allowed: it is not there, locked down, or wants a file (Secure Boot). */
const REFUSED = ['EPERM', 'EACCES', 'ENOSYS'];

/** What was in the way; of two calls that are refused, what the first one said. */
function emptied(kernel: Kernel, slot: ImageSlot, byFiles: boolean): SystemCallError | undefined {
  const [first, second] = byFiles ? [kexecFileUnload, kexecUnload] : [kexecUnload, kexecFileUnload];
  const error = failureOf(() => first(kernel, slot));
  if (error === undefined || !REFUSED.includes(error.code)) return error;
  const other = failureOf(() => second(kernel, slot));
  return other === undefined || other.code === 'EBUSY' ? other : error;
}

function failureOf(work: () => void): SystemCallError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof SystemCallError) return error;
    throw error;
  }
}

/** Loads an image. @throws RebootError in phase `stage`, with what the kernel's errno means on this host. */
export function loadInto(host: Host, kernel: Kernel, { entry, segments }: LoadedImage, slot: ImageSlot): void {
  const bytes = segments.reduce((sum, { memsz }) => sum + memsz, 0n);
  attempt({ host, kernel }, phases.stage, () => kexecLoad(kernel, entry, segments, slot), { bytes, slot });
}

/** Does what makes system calls, and says what their failure means here and now, of what was attempted. */
export function attempt(on: HostAndKernel, phase: Phase, work: () => void, attempted: Attempt = {}): void {
  try {
    work();
  } catch (error) {
    throw explained(error, hostNow(on), phase, attempted);
  }
}
