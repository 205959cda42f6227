import { type ResourceTree, type RoleSpan, rolesOf } from '@kexeckit/ioport';
import type { ExceptionLevel, Segment } from '@kexeckit/relocation';

/** What a CPU can do, as its ID registers say. */
export interface CpuFeatures {
  /** Translation granules of stage 1 (ID_AA64MMFR0_EL1.TGran4, TGran16, TGran64). */
  readonly granules: readonly ('4K' | '16K' | '64K')[];
  /** Bits of a physical address (ID_AA64MMFR0_EL1.PARange), as far as 4K tables reach: more than 48 only with LPA2. */
  readonly paBits: number;
  /** SHA-256 instructions (ID_AA64ISAR0_EL1.SHA2). */
  readonly sha256: boolean;
  /** Virtualization Host Extensions (ID_AA64MMFR1_EL1.VH). */
  readonly vhe: boolean;
  /** Bytes of the smallest data cache line (CTR_EL0.DminLine). */
  readonly dataLine: number;
  /** Bytes of the smallest instruction cache line (CTR_EL0.IminLine). */
  readonly instructionLine: number;
}

/** A console that breadcrumbs can be written to. */
export interface Console {
  readonly kind: 'pl011';
  /** Physical address of its data register. */
  readonly address: bigint;
}

/** What a machine says of itself, never what a plan says of it. */
export interface Reality {
  readonly name: string;
  /** The resource tree of /proc/iomem. Copy it before changing anything. */
  readonly memory: ResourceTree;
  /** The role of every range that the tree lists, ascending. */
  readonly roles: readonly RoleSpan[];
  readonly cpus: number;
  readonly features: CpuFeatures;
  readonly exceptionLevel: ExceptionLevel;
  /** EL2 runs with HCR_EL2.E2H set. */
  readonly vhe: boolean;
  /** EL2 is there below EL1, and its vectors can be set: a reboot from EL1 can hand over at EL2. */
  readonly softRestart: boolean;
  /** For breadcrumbs; undefined where there is none that is known. */
  readonly console: Console | undefined;
  /** The device tree blob. */
  readonly dtb: Uint8Array;
  /** The segments of the image that a reboot would start now: a load leaves alone what of it lies in a region. */
  readonly registered: readonly Segment[];
  /**
   * Whether a region that the map lacks may still be reserved: true where no old kernel has booted yet, so that its
   * `kexeckernel=` or `crashkernel=` is ours to choose; false on a machine that runs.
   */
  readonly canReserve: boolean;
}

/** What {@link realityOf} needs to be told; what is left out is as on a plain machine at EL1. */
export interface RealityParts
  extends Pick<Reality, 'name' | 'memory' | 'cpus' | 'features' | 'exceptionLevel' | 'dtb'>,
    Partial<Pick<Reality, 'vhe' | 'softRestart' | 'console' | 'registered' | 'canReserve'>> {}

/** A reality from its parts; the roles follow from the tree. */
export function realityOf(parts: RealityParts): Reality {
  return {
    vhe: false,
    softRestart: false,
    console: undefined,
    registered: [],
    canReserve: false,
    ...parts,
    roles: rolesOf(parts.memory),
  };
}
