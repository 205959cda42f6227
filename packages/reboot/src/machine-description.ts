import type { ExceptionLevel, Segment } from '@kexeckit/relocation';

/** What a machine says of itself before a reboot is planned. */
export interface MachineDescription {
  readonly name: string;
  /** Its memory map, as /proc/iomem prints it. */
  readonly iomem: string;
  /** Its device tree. */
  readonly dtb: Uint8Array;
  readonly exceptionLevel: ExceptionLevel;
  /** EL2 runs with HCR_EL2.E2H set. No by default. */
  readonly vhe?: boolean;
  /** EL2 is there below EL1, and its vectors can be set: a reboot from EL1 can hand over at EL2. No by default. */
  readonly softRestart?: boolean;
  /** Physical address of a PL011 console, for breadcrumbs. */
  readonly console?: bigint;
  readonly cpus: number;
  /** The image that a reboot would start now: a load leaves alone what of it lies in a region. None by default. */
  readonly registered?: readonly Segment[];
  /**
   * Whether a region that the memory map lacks may still be reserved: true where no old kernel has booted yet, so that
   * its `kexeckernel=` or `crashkernel=` is ours to choose; false on a machine that runs.
   */
  readonly canReserve: boolean;
}
