import type { Range, RoleSpan } from '@kexeckit/ioport';
import type { NextRegion, RegionParameter } from '../region-parameters.ts';
import type { ExceptionLevel } from '../routine/level.ts';
import type { Segment } from '../segment.ts';

/** What a CPU can do, as its ID registers say. */
export interface CpuFeatures {
  /** Translation granules of stage 1 (ID_AA64MMFR0_EL1.TGran4, TGran16, TGran64). */
  readonly granules: readonly ('4K' | '16K' | '64K')[];
  /** There may be more granules than these: it could not be asked. No by default. */
  readonly mayHaveMore?: boolean | undefined;
  /** Data can be big-endian at every level (ID_AA64MMFR0_EL1.BigEnd); undefined where that is not known. */
  readonly bigEndian?: boolean | undefined;
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

/** What a proof is told of the machine: by the machine, never by the plan. */
export interface World {
  /** The role of every range of memory, ascending, not overlapping, as `rolesOf` of @kexeckit/ioport gives it. */
  readonly roles: readonly RoleSpan[];
  readonly features: CpuFeatures;
  /** Where the routine will be entered. */
  readonly exceptionLevel: ExceptionLevel;
  /** EL2 runs with HCR_EL2.E2H set. */
  readonly vhe: boolean;
  /** EL2 is there below EL1, and its vectors can be set. */
  readonly softRestart: boolean;
  /** Physical address of the data register of the console that breadcrumbs may go to; undefined where there is none. */
  readonly console: { readonly address: bigint } | undefined;
  /** The running machine's device tree blob: the next kernel's is the same, but for what a kexec changes. */
  readonly dtb: Uint8Array;
  /** Ranges beyond the resource tree that must be left alone: EFI's memory map, where there is one. */
  readonly reserved?: readonly Range[] | undefined;
  /** The segments of the image that a reboot would start now: until the commit nothing may damage what lies in a region. */
  readonly registered?: readonly Segment[] | undefined;
  /** No kernel has booted yet: a region that the roles lack can still be reserved in usable RAM. No by default. */
  readonly canReserve?: boolean | undefined;
  /** Where the next kernel has its region for the one after it, by what reserves it: in the other half, by default. */
  readonly nextRegion?: Readonly<Record<RegionParameter, NextRegion>> | undefined;
}
