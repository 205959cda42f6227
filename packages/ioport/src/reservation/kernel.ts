import { lower } from '../range.ts';
import { FOUR_GIB, TOP } from './limits.ts';

/**
 * arm64 kernels whose placement is modelled: a profile of `profileOf` of `@kexeckit/cmdline`, which says which is for
 * a kernel, and whether that is a guess. 5.10, 6.1, 6.12 and 7.3 were measured; 7.1, which lies between two of one kind, was not.
 */
export type ReservationKernel = '5.10' | '6.1' | '6.12' | '7.1' | '7.3';

/** How a kernel goes about it. */
export interface PlacementRules {
  /** Whether a size is rounded up to whole pages; else the rest of the last page is reserved, but not counted. */
  readonly roundsToPages: boolean;
  /** Whether it knows `,high` and `,low`. */
  readonly knowsHigh: boolean;
  /** Whether it tries the other side of the low-memory limit, with low memory by default. */
  readonly fallsBack: boolean;
  /** What it prints where an offset cannot be had: a reason each, one text for every failure, or one for offsets. */
  readonly offsetText: 'reasons' | 'shared' | 'own';
  /** Whether a limit by `dma-ranges` counts as the power of two above it. */
  readonly roundsLimit: boolean;
}

const RULES: Readonly<Record<ReservationKernel, PlacementRules>> = {
  '5.10': { roundsToPages: true, knowsHigh: false, fallsBack: false, offsetText: 'reasons', roundsLimit: true },
  '6.1': { roundsToPages: true, knowsHigh: true, fallsBack: false, offsetText: 'shared', roundsLimit: true },
  '6.12': { roundsToPages: false, knowsHigh: true, fallsBack: true, offsetText: 'own', roundsLimit: false },
  '7.1': { roundsToPages: false, knowsHigh: true, fallsBack: true, offsetText: 'own', roundsLimit: false },
  '7.3': { roundsToPages: false, knowsHigh: true, fallsBack: true, offsetText: 'own', roundsLimit: false },
};

/** The newest kernel that was measured. */
export const DEFAULT_KERNEL: ReservationKernel = '7.3';

/** A kernel's rules. */
export const rulesOf = (kernel: ReservationKernel = DEFAULT_KERNEL): PlacementRules => RULES[kernel];

/**
 * The low-memory limit that a kernel makes of the `dma-ranges` of its device tree: the reach of the least of the
 * devices, of 4 GiB at most where there is RAM below.
 *
 * @param reach First address that it cannot reach; see `dmaReach` of `@kexeckit/fdt`.
 * @param ramStart Where RAM starts.
 */
export function lowLimitOfDma(reach: bigint, ramStart: bigint, kernel: ReservationKernel = DEFAULT_KERNEL): bigint {
  const isHigh = ramStart >= FOUR_GIB;
  if (!rulesOf(kernel).roundsLimit) return isHigh ? reach : lower(reach, FOUR_GIB);
  if (isHigh) return TOP;
  const rounded = reach <= 1n ? reach : 1n << BigInt((reach - 1n).toString(2).length);
  // Where no RAM lies below it, the zone reaches to 4 GiB.
  return rounded <= ramStart ? FOUR_GIB : lower(rounded, FOUR_GIB);
}
