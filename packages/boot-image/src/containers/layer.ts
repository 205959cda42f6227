import type { ByHand } from '../compression/advice.ts';
import type { Pace } from '../compression/pace.ts';

/** What a file has for the reboot besides the kernel: offered, never used unasked. */
export interface BootParts {
  /** The initramfs. */
  readonly initrd?: Uint8Array;
  /** The kernel's command line. */
  readonly cmdline?: string;
  /** The device tree. */
  readonly dtb?: Uint8Array;
  /** The kernel's release, as the file names it. */
  readonly release?: string;
}

/** What a file holds that has a kernel in it. */
export interface Layer {
  /** The kernel: an Image, or another file with one in it. */
  bytes: Uint8Array;
  /** What was done to get at it, for people. */
  steps: string[];
  /** The same, as programs do it. */
  byHand: ByHand;
  parts?: BootParts;
}

/** What is known of a file that is taken apart. */
export interface Context {
  /** Most bytes that any step may produce. */
  maxSize: number;
  /** What was done so far, for people. */
  steps: readonly string[];
  /** How to get at the file by hand. */
  byHand: ByHand;
  /** Which configuration of a FIT image is asked for. */
  configuration?: string | undefined;
  pace: Pace;
}
