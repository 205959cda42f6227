import { readFileSync } from 'node:fs';
import type { ImageSlot } from '../syscalls/kexec.ts';
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
