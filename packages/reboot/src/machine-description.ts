import type { ExceptionLevel } from '@kexeckit/relocation';

/** What a machine says of itself before a reboot is planned. */
export interface MachineDescription {
  readonly name: string;
  /** Its memory map, as /proc/iomem prints it. */
  readonly iomem: string;
  /** Its device tree. */
  readonly dtb: Uint8Array;
  readonly exceptionLevel: ExceptionLevel;
  readonly cpus: number;
  /**
   * Whether a region that the memory map lacks may still be reserved: true where no old kernel has booted yet, so that
   * its `kexeckernel=` or `crashkernel=` is ours to choose; false on a machine that runs.
   */
  readonly canReserve: boolean;
}
