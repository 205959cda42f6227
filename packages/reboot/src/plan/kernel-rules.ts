import { defaultKernel, type KernelVersion, profileOf } from '@kexeckit/cmdline';
import { dmaReach, parseFdt } from '@kexeckit/fdt';
import { lowLimitOfDma, type ResourceTree, systemRam } from '@kexeckit/ioport';
import type { Reality } from '../reality/reality.ts';

/** By what a kernel reserves memory at boot: its version, and the machine's devices. */
export interface KernelRules {
  readonly kernel: KernelVersion;
  readonly lowLimit: bigint | undefined;
  /** That these rules are a guess for this kernel, for people; undefined where they were measured. */
  readonly guess?: string | undefined;
}

const UNKNOWN = `the kernel does not say its release: the rules of Linux ${defaultKernel} are a guess`;

/**
 * The rules of a kernel on this machine; those of the newest one where its release is not known.
 *
 * @throws FdtError for a device tree that cannot be read.
 */
export function kernelRules(
  memory: ResourceTree,
  release: string | undefined,
  { dtb, lowLimit }: Pick<Reality, 'dtb' | 'lowLimit'>,
): KernelRules {
  const { profile: kernel, measured, reason } = profileOf(release ?? '');
  const guess = measured ? undefined : release === undefined ? UNKNOWN : reason;
  // The kernel's own word, or what it will make of the reach of the devices.
  if (lowLimit !== undefined) return { kernel, lowLimit, guess };
  const reach = dmaReach(parseFdt(dtb));
  return { kernel, guess, lowLimit: reach && lowLimitOfDma(reach, systemRam(memory)[0]?.start ?? 0n, kernel) };
}
