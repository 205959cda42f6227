import { type ResourceTree, rolesOf } from '@kexeckit/ioport';
import type { NextRegion, RegionParameter, Segment, World } from '@kexeckit/relocation';

export type { CpuFeatures } from '@kexeckit/relocation';

/** A console that breadcrumbs can be written to. */
export interface Console {
  readonly kind: 'pl011';
  /** Physical address of its data register. */
  readonly address: bigint;
}

/** What a machine says of itself, never what a plan says of it. */
export interface Reality extends World {
  readonly name: string;
  /** The resource tree of /proc/iomem. Copy it before changing anything. */
  readonly memory: ResourceTree;
  readonly cpus: number;
  /** The release of the running kernel, as `uname -r` has it; undefined where none runs, or it is not known. */
  readonly osrelease: string | undefined;
  /** First address that 32-bit devices do not reach, where the kernel said so; else the device tree tells. */
  readonly lowLimit: bigint | undefined;
  /** For breadcrumbs; undefined where there is none that is known. */
  readonly console: Console | undefined;
  /** The segments of the image that a reboot would start now: a load leaves alone what of it lies in a region. */
  readonly registered: readonly Segment[];
  /**
   * Whether a region that the map lacks may still be reserved: true where no old kernel has booted yet, so that its
   * `kexeckernel=` or `crashkernel=` is ours to choose; false on a machine that runs.
   */
  readonly canReserve: boolean;
  /**
   * Fresh random bytes that the next kernel's seeds are made of, on a machine that anyone relies on. Without them the seeds follow
   * from the plan's, so that a run can be repeated.
   */
  readonly entropy?: Uint8Array | undefined;
  /** How a plan's own pages are loaded where nothing is copied: each where there is room, or in one row, as a segment. */
  readonly ownPages: 'scattered' | 'in a row';
  /** Where the next kernel has its region for the one after it, by what reserves it. */
  readonly nextRegion: Readonly<Record<RegionParameter, NextRegion>>;
}

/** What {@link realityOf} needs to be told; what is left out is as on a plain machine at EL1. */
export interface RealityParts
  extends Pick<Reality, 'name' | 'memory' | 'cpus' | 'features' | 'exceptionLevel' | 'dtb'>,
    Partial<
      Pick<
        Reality,
        | 'vhe'
        | 'softRestart'
        | 'console'
        | 'registered'
        | 'canReserve'
        | 'reserved'
        | 'ownPages'
        | 'nextRegion'
        | 'osrelease'
        | 'lowLimit'
      >
    > {}

/** A reality from its parts; the roles follow from the tree. */
export function realityOf(parts: RealityParts): Reality {
  return {
    vhe: false,
    softRestart: false,
    console: undefined,
    osrelease: undefined,
    lowLimit: undefined,
    registered: [],
    canReserve: false,
    ownPages: 'scattered',
    nextRegion: { kexeckernel: 'other half', crashkernel: 'other half' },
    ...parts,
    roles: rolesOf(parts.memory),
  };
}
