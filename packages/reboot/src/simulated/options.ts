import type { ResourceTree } from '@kexeckit/ioport';
import type { ExceptionLevel } from '@kexeckit/relocation';

/** What a simulated machine is like. */
export interface SimulatedOptions {
  /** The resource tree of /proc/iomem; by default that of the Stingray. */
  readonly memory?: ResourceTree;
  /** Device tree; by default one made from the memory map. */
  readonly dtb?: Uint8Array;
  readonly exceptionLevel?: ExceptionLevel;
  /** EL2 with HCR_EL2.E2H set, as hosts of virtual machines run. */
  readonly vhe?: boolean;
  /** From EL1, the next kernel is entered at EL2. */
  readonly softRestart?: boolean;
  readonly cpus?: number;
  /** What hardware may do at any moment is done at moments that this seed decides; by default never. */
  readonly adversary?: number;
  /** No old kernel has booted yet: a region that the map lacks can still be reserved. Yes by default. */
  readonly canReserve?: boolean;
}
