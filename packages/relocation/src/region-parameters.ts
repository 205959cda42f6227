/** The parameters that reserve a region: `kexeckernel=` of the reservation series, and Linux's own `crashkernel=`. */
export type RegionParameter = 'kexeckernel' | 'crashkernel';

/** What a region parameter makes of memory. */
export interface RegionParameterInfo {
  /** The name of its region in /proc/iomem. */
  readonly resource: string;
}

/** Every region parameter. */
export const regionParameters: Readonly<Record<RegionParameter, RegionParameterInfo>> = {
  kexeckernel: { resource: 'Kexec kernel' },
  crashkernel: { resource: 'Crash kernel' },
};
