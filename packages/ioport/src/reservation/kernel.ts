/** arm64 kernels whose placement was measured, and is modelled. */
export type ReservationKernel = '5.10' | '6.1' | '6.12' | '7.3';

/** How a kernel goes about it. */
export interface PlacementRules {
  /** Whether a size is rounded up to whole pages; else the rest of the last page is reserved, but not counted. */
  readonly roundsToPages: boolean;
  /** Whether it knows `,high` and `,low`. */
  readonly knowsHigh: boolean;
  /** Whether it tries the other side of the low-memory limit, with low memory by default. */
  readonly fallsBack: boolean;
  /** What it prints where an offset cannot be had: a reason each, one text for every failure, or one for offsets. */
  readonly offsetText: 'reasons' | 'as any' | 'own';
  /** Whether a limit by `dma-ranges` counts as the power of two above it. */
  readonly roundsLimit: boolean;
}

const RULES: Readonly<Record<ReservationKernel, PlacementRules>> = {
  '5.10': { roundsToPages: true, knowsHigh: false, fallsBack: false, offsetText: 'reasons', roundsLimit: true },
  '6.1': { roundsToPages: true, knowsHigh: true, fallsBack: false, offsetText: 'as any', roundsLimit: true },
  '6.12': { roundsToPages: false, knowsHigh: true, fallsBack: true, offsetText: 'own', roundsLimit: false },
  '7.3': { roundsToPages: false, knowsHigh: true, fallsBack: true, offsetText: 'own', roundsLimit: false },
};

/** The newest kernel that was measured. */
export const DEFAULT_KERNEL: ReservationKernel = '7.3';

/** A kernel's rules. */
export const rulesOf = (kernel: ReservationKernel = DEFAULT_KERNEL): PlacementRules => RULES[kernel];

/** Whose rules a kernel follows, as far as that is known. */
export interface ReservationKernelChoice {
  readonly kernel: ReservationKernel;
  /** True for a version that was measured; its neighbours' rules are a guess. */
  readonly measured: boolean;
  /** What to tell people about it. */
  readonly note: string;
}

/**
 * From which version on a kernel is taken for the measured one. Only 5.10, 6.1, 6.12 and 7.3 were measured: arm64 has
 * known `,high` since 5.15 or so, and fallen back since 6.7 or so, but nobody measured where exactly.
 */
const FROM: readonly (readonly [major: number, minor: number, kernel: ReservationKernel])[] = [
  [7, 3, '7.3'],
  [6, 7, '6.12'],
  [5, 15, '6.1'],
  [0, 0, '5.10'],
];

/**
 * Whose placement rules a kernel follows, by its release (`uname -r`, `/proc/sys/kernel/osrelease`); undefined for text
 * that does not begin with a version.
 */
export function reservationKernelOf(release: string): ReservationKernelChoice | undefined {
  const match = /^(\d{1,4})\.(\d{1,4})(?!\d)/.exec(release);
  if (match === null) return undefined;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const row = FROM.find(([first, second]) => major > first || (major === first && minor >= second));
  const kernel = row?.[2] ?? DEFAULT_KERNEL;
  const version = `${major}.${minor}`;
  if (version === kernel) return { kernel, measured: true, note: `the rules of Linux ${kernel}, as measured` };
  const note = `a guess: Linux ${version} was not measured, the rules are those of ${kernel}`;
  return { kernel, measured: false, note };
}

/**
 * The low-memory limit that a kernel makes of the `dma-ranges` of its device tree.
 *
 * @param reach First address that the least of the devices cannot reach.
 */
export function lowLimitOfDma(reach: bigint, kernel: ReservationKernel = DEFAULT_KERNEL): bigint {
  if (!rulesOf(kernel).roundsLimit || reach <= 1n) return reach;
  return 1n << BigInt((reach - 1n).toString(2).length);
}
