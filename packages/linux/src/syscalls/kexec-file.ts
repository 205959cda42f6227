import type { Kernel } from './kernel.ts';
import type { ImageSlot } from './kexec.ts';
import { withMappings } from './memory.ts';

/** What kexec_file_load is given: the kernel reads the files, and plans by itself. */
export interface KexecFiles {
  /** An open file. */
  readonly kernel: number;
  /** An open file; undefined for a kernel that has its initramfs in itself, or none. */
  readonly initrd: number | undefined;
  readonly cmdline: string;
}

/** What else it can be told. */
export interface KexecFileOptions {
  /** Leaves the contiguous memory area alone: every segment is copied at the reboot (Linux 6.17). No by default. */
  readonly noCma?: boolean | undefined;
  /** Says in the kernel's log what is loaded where (Linux 6.7). No by default. */
  readonly debug?: boolean | undefined;
}

const UNLOAD = 1n;
const ON_CRASH = 2n;
const NO_INITRAMFS = 4n;
const DEBUG = 8n;
const NO_CMA = 0x10n;

/** A file descriptor that is none. */
const NO_FILE = 2n ** 64n - 1n;

/** The bytes of a command line as the call wants them: with the zero at the end, which counts. */
export const cmdlineBytes = (cmdline: string): Uint8Array => new TextEncoder().encode(`${cmdline}\0`);

/**
 * kexec_file_load into a slot. What stood there is gone when it succeeds; in the crash slot also when it fails.
 *
 * @throws SystemCallError
 */
export function kexecFileLoad(
  kernel: Kernel,
  files: KexecFiles,
  { noCma, debug }: KexecFileOptions = {},
  slot: ImageSlot = 'next',
): void {
  const cmdline = cmdlineBytes(files.cmdline);
  const wishes = (noCma ? NO_CMA : 0n) | (debug ? DEBUG : 0n);
  const flags = (files.initrd === undefined ? NO_INITRAMFS : 0n) | (slot === 'crash' ? ON_CRASH : 0n) | wishes;
  const initrd = files.initrd === undefined ? NO_FILE : BigInt(files.initrd);
  withMappings(kernel, [cmdline], ([memory]) => {
    if (memory === undefined) return;
    kernel.call('kexec_file_load', BigInt(files.kernel), initrd, BigInt(cmdline.length), memory.address, flags);
  });
}

/** Empties a slot, whichever call has filled it. @throws SystemCallError */
export function kexecFileUnload(kernel: Kernel, slot: ImageSlot): void {
  kernel.call('kexec_file_load', NO_FILE, NO_FILE, 0n, 0n, UNLOAD | (slot === 'crash' ? ON_CRASH : 0n));
}
