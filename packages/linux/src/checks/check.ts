import type { MachineProfile } from '@kexeckit/cost';
import type { Finding } from '../finding.ts';
import type { Host } from '../host-values.ts';

/** What is to be loaded, where that is known. */
export interface Load {
  /** Bytes that all segments take in memory: kernel (`image_size`), initramfs, device tree. */
  readonly size: bigint;
  /** The next kernel's command line, one character a byte. */
  readonly cmdline?: string;
}

/**
 * A check looks at one thing, by the prices of the host where they are known. Undefined: another check has already said it all.
 */
export type Check = (host: Host, load?: Load, profile?: MachineProfile) => Finding | undefined;

export const AS_ROOT = 'run as root on the host itself, not in a container';
export const ON_HOST = 'run on the host itself, not in a container';
