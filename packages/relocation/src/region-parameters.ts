/** The parameters that reserve a region: `kexeckernel=` of the reservation series, and Linux's own `crashkernel=`. */
export type RegionParameter = 'kexeckernel' | 'crashkernel';

/**
 * How the next kernel comes to a region for the kernel after it: its parameter names the other half of the region that it lives
 * in (`other half`); it finds a place by itself, as Linux does for a `crashkernel=` without an offset (`anew`); its device tree
 * has a `no-map` node for the other half, which any kernel understands (`node`).
 */
export type NextRegion = 'other half' | 'anew' | 'node';

/** What a region parameter makes of memory. */
export interface RegionParameterInfo {
  /** The name of its region in /proc/iomem. */
  readonly resource: string;
  /**
   * The property of `/chosen` that tells the next kernel of the whole region that it lives in a half of: start and size, two
   * 64-bit numbers. Its own memory map can only tell of the half that it reserved.
   */
  readonly note: string;
}

/** Every region parameter. */
export const regionParameters: Readonly<Record<RegionParameter, RegionParameterInfo>> = {
  kexeckernel: { resource: 'Kexec kernel', note: 'kexeckit,kexec-region' },
  crashkernel: { resource: 'Crash kernel', note: 'kexeckit,crash-region' },
};
