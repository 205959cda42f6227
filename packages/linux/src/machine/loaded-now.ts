import { readFileSync } from 'node:fs';
import { type Kernel, SystemCallError } from '../syscalls/kernel.ts';
import type { ImageSlot } from '../syscalls/kexec.ts';
import type { SystemCall } from '../syscalls/numbers.ts';
import { busy } from './busy.ts';
import type { HostSlots } from './slots.ts';

/** Newer kernels have it in a folder of its own. */
const FILES = {
  next: ['/sys/kernel/kexec_loaded', '/sys/kernel/kexec/loaded'],
  crash: ['/sys/kernel/kexec_crash_loaded', '/sys/kernel/kexec/crash_loaded'],
} as const;

/** Whether a reboot, or a panic, has an image, as the kernel says right now; undefined where it does not. */
export function isLoadedNow(text: (path: string) => string | undefined, slot: ImageSlot = 'next'): boolean | undefined {
  for (const path of FILES[slot]) {
    const said = text(path);
    if (said !== undefined) return said.trim() !== '0';
  }
  return undefined;
}

/** Both, of the kernel below, at once: for a process that has no time left. */
export const slotsNow = (): Pick<HostSlots, ImageSlot> => ({
  next: isLoadedNow(textOf, 'next'),
  crash: isLoadedNow(textOf, 'crash'),
});

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** KEXEC_ON_CRASH; KEXEC_FILE_UNLOAD and KEXEC_FILE_ON_CRASH. */
const ON_CRASH = 1n;
const UNLOADS_CRASH = 3n;

/** What has become of the crash slot: it is as it was, holds what was loaded through this kernel, or holds nothing. */
export type CrashSlot = 'as before' | 'ours' | 'empty';

/** A kernel that is looked at before the first load. */
export interface LookingKernel extends Kernel {
  /** What calls that went through it have made of the crash slot. */
  crashSlot(): CrashSlot;
}

/**
 * The same kernel, which refuses the first load where something is loaded by then: planning, proving and posting a guard take
 * their time, other loaders than ours know no lock, and the kernel replaces what stands there unasked. It knows whether what a
 * panic starts is what was loaded through it.
 */
export function lookingFirst(kernel: Kernel): LookingKernel {
  let hasLooked = false;
  let crash: CrashSlot = 'as before';
  const look = (): void => {
    if (hasLooked) return;
    hasLooked = true;
    if (isLoadedNow((path) => kernel.text(path)) === true)
      throw busy('somebody has loaded an image meanwhile', 'it was left as it is; unload it first: kexeckit unload');
  };
  return {
    architecture: kernel.architecture,
    call: (name, ...args) => {
      if (name === 'kexec_load' || name === 'kexec_file_load') look();
      const becomes = crashSlotAfter(name, args);
      try {
        const result = kernel.call(name, ...args);
        crash = becomes ?? crash;
        return result;
      } catch (error) {
        if (becomes === 'ours' && !isRefusal(error)) crash = 'empty';
        throw error;
      }
    },
    crashSlot: () => crash,
    view: (address, size) => kernel.view(address, size),
    pagemap: (address, pages) => kernel.pagemap(address, pages),
    text: (path) => kernel.text(path),
    run: (code, a, b) => kernel.run(code, a, b),
  };
}

/** What a call makes of the crash slot where it goes well; undefined where that is another one's. */
function crashSlotAfter(name: SystemCall, args: readonly bigint[]): CrashSlot | undefined {
  const [, segments = 0n, , flags = 0n, fileFlags = 0n] = args;
  if (name === 'kexec_load' && (flags & ON_CRASH) !== 0n) return segments === 0n ? 'empty' : 'ours';
  return name === 'kexec_file_load' && (fileFlags & UNLOADS_CRASH) === UNLOADS_CRASH ? 'empty' : undefined;
}

/** Linux takes its lock, and asks whether loading is permitted, before it frees what stands in the slot (do_kexec_load). */
const isRefusal = (error: unknown): boolean =>
  !(error instanceof SystemCallError) || ['EBUSY', 'EPERM', 'EACCES', 'ENOSYS'].includes(error.code);
