import { IORES_DESC, IORESOURCE } from '../flags.ts';
import type { LogLine } from '../log.ts';
import type { Range } from '../range.ts';
import { insertResource } from '../request.ts';
import type { Resource } from '../resource.ts';
import type { ResourceTree } from '../tree.ts';
import type { ReservationKernel } from './kernel.ts';

/** What the command line asks for, in bytes: the fields of a parsed `crashkernel=` or `kexeckernel=`. */
export interface ReservationRequest {
  /** Size of the region. */
  size: bigint;
  /** Wanted start, 0 for anywhere. */
  base: bigint;
  /** Size of the low region that goes with a region above the low-memory limit. */
  lowSize?: bigint | undefined;
  /** Whether `,high` was given. */
  high?: boolean | undefined;
}

/** On what kind of machine. */
export interface ReservationOptions {
  /** Whose rules; 7.3 by default. See `profileOf` of `@kexeckit/cmdline`. */
  kernel?: ReservationKernel | undefined;
  /**
   * First address that 32-bit (or worse) devices cannot reach: what the kernel calls the low-memory or DMA limit. By
   * default 4 GiB, or no limit where all RAM lies above; 1 GiB on a Raspberry Pi 4. See `readBootLog`, `lowLimitOfDma`.
   */
  lowLimit?: bigint | undefined;
  /**
   * Memory that was there at boot, in the kernel's pieces (it never joins two NUMA nodes); what was plugged in later
   * is left out. All of the map by default. See `readBootLog`.
   */
  bootRam?: readonly Range[] | undefined;
  /** Bytes of a page, to which kernels before 6.7 or so round sizes up; 4 KiB by default. */
  pageSize?: bigint | undefined;
}

/** Why nothing was reserved. */
export interface Refusal {
  code: 'EINVAL' | 'EBUSY' | 'ENOMEM' | 'EADDRNOTAVAIL';
  reason: 'nothing-requested' | 'misaligned' | 'not-ram' | 'conflict' | 'no-room' | 'no-low-room';
  /** What is wrong, for people. */
  message: string;
  /** What to ask for instead. */
  hint: string;
  /** The range that was wanted, where one was. */
  range: Range | null;
  /** Who is in the way. */
  conflicts: Resource[];
}

/** A region that was found. */
export interface PlacedRegion extends Range {
  /** `low` is the small one for 32-bit devices that accompanies a high one. */
  kind: 'main' | 'low';
}

/** Where a reservation lands, or why it cannot. */
export interface Reservation {
  /** Name of its resource. */
  name: 'Crash kernel' | 'Kexec kernel';
  /** What is reserved: nothing where it is refused. */
  regions: PlacedRegion[];
  refusal: Refusal | null;
  /** Largest sizes in bytes that fit in one piece: below the low-memory limit, above it, and across it. */
  largest: { low: bigint; high: bigint; anywhere: bigint };
  /** What the kernel prints. */
  log: LogLine[];
}

/** As the kernel prints a reserved region: its end is the first address behind it. */
export function reserved(start: bigint, size: bigint, digits: number): string {
  const hex = (address: bigint): string => `0x${address.toString(16).padStart(digits, '0')}`;
  return `${hex(start)} - ${hex(start + size)} (${size >> 20n} MB)`;
}

/** Adds the regions of a reservation to the tree, under their System RAM, as the kernel does. Returns the resources. */
export function placeReservation(tree: ResourceTree, reservation: Reservation): Resource[] {
  const desc = reservation.name === 'Crash kernel' ? IORES_DESC.CRASH_KERNEL : IORES_DESC.KEXEC_KERNEL;
  const flags = (IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY) >>> 0;
  return reservation.regions.map(({ start, end }) =>
    insertResource(tree, { name: reservation.name, start, end, flags, desc }),
  );
}
