import { linuxCounts } from './counts.ts';
import { estimate } from './estimate.ts';
import { contradictory, type FitFinding } from './finding.ts';
import { fitPrices, type Price } from './fit.ts';
import { type MeasurementName, measurements, type PublishedMeasurement } from './measurements.ts';
import type { PriceName } from './price-name.ts';
import type { Prices } from './prices.ts';
import type { MachineProfile } from './profile.ts';
import type { TimedRun } from './timed-run.ts';

/** A published relocation on the machine of a profile. */
export interface PublishedRelocation {
  /** Which of `measurements` it is. */
  readonly measurement: MeasurementName;
  readonly source: string;
  /** What was moved, in units of 2^20 bytes. */
  readonly megabytes: number;
  readonly mmu: 'off' | 'on';
  /** Seconds of the relocation alone. */
  readonly seconds: number;
  /** Whether the profile was fitted to this row; the error on the others tells how far to trust it. */
  readonly fitted: boolean;
}

/** How far a profile is off on one published row: +0.17 predicts 17 % too much. */
export interface FitError extends PublishedRelocation {
  /** Seconds. */
  readonly predicted: number;
  readonly error: number;
}

/** A profile with the published rows of its machine. */
export interface FittedMachine {
  readonly profile: MachineProfile;
  readonly published: readonly PublishedRelocation[];
}

/** The published relocations of a machine: those that its profile is fitted to, and those that it is checked with. */
function relocations(fitted: readonly MeasurementName[], others: readonly MeasurementName[]): PublishedRelocation[] {
  return [...fitted, ...others].flatMap((measurement) => {
    const { source, megabytes, mmu, seconds }: PublishedMeasurement = measurements[measurement];
    if (megabytes === undefined || mmu === undefined || seconds.relocation === undefined) return [];
    const isFitted = fitted.includes(measurement);
    return [{ measurement, source, megabytes, mmu, seconds: seconds.relocation, fitted: isFitted }];
  });
}

/** Broadcom Stingray (Cortex-A72), the machine of the series' own measurements. */
export const publishedStingray: readonly PublishedRelocation[] = relocations(
  ['stingray2019', 'stingrayOn'],
  ['stingrayOff', 'stingrayCommitOff', 'stingrayCommitOn'],
);

/** Cavium ThunderX2: two figures for two prices, so that nothing is left to check the fit with. */
export const publishedThunderX2: readonly PublishedRelocation[] = relocations(['thunderX2Off', 'thunderX2On'], []);

/** A tester's machine that is not named, with an initramfs of about 120 MB: two rounded figures for two prices. */
export const publishedInitramfs120: readonly PublishedRelocation[] = relocations(
  ['initramfs120Off', 'initramfs120On'],
  [],
);

/**
 * Prices that logs of one size and one layout are too few to tell: no fixed term, an estimate for the loop at 3 GHz, and a walk that
 * misses the caches.
 */
export const assumedPrices: Readonly<Required<Pick<Prices, 'perRelocation' | 'perInstruction' | 'perTableWalk'>>> = {
  perRelocation: 0,
  perInstruction: 0.25e-9,
  perTableWalk: 100e-9,
};

const CONFIDENCE = 0.9;

/** A profile whose prices of memory are fitted to the rows that are there for them, when they are first asked for. */
function fitPublished(
  name: string,
  machine: string,
  published: readonly PublishedRelocation[],
  others: Readonly<Partial<Record<PriceName, Price>>> = {},
): MachineProfile {
  let known: Fitted | undefined;
  const fitted = (): Fitted => {
    known ??= fit(published, others);
    return known;
  };
  return {
    name,
    machine,
    measured: 'published figures',
    confidence: CONFIDENCE,
    get prices() {
      return fitted().prices;
    },
    get scatter() {
      return fitted().scatter;
    },
    get findings() {
      return fitted().findings;
    },
  };
}

type Fitted = Pick<MachineProfile, 'prices' | 'scatter' | 'findings'>;

function fit(published: readonly PublishedRelocation[], others: Readonly<Partial<Record<PriceName, Price>>>): Fitted {
  const runs = published.map(
    ({ source, megabytes, mmu, seconds, fitted }): TimedRun & { readonly fitted: boolean } => ({
      source: `${source}, ${megabytes}M, MMU ${mmu}`,
      counts: linuxCounts(megabytes, mmu),
      seconds,
      fitted,
    }),
  );
  const wanted = runs.filter((run) => run.fitted).map(({ fitted: _, ...run }) => run);
  const { prices, scatter, findings } = fitPrices(wanted, { known: assumedPrices, confidence: CONFIDENCE });
  const between: readonly FitFinding[] = contradictory('relocation', runs);
  return { prices: { ...prices, ...others }, scatter, findings: [...findings, ...between] };
}

const { stingray2019, stingray2019Checksum } = measurements;

const published = (seconds: number): Price => ({ seconds, basis: 'published' });

/** The profile of the machine that the series was measured on. */
export const stingray: MachineProfile = fitPublished('stingray', stingray2019.machine, publishedStingray, {
  perShutdown: published(stingray2019.seconds.shutdown),
  perStartup: published(stingray2019.seconds.startup),
  perChecksum: { seconds: 0, basis: 'assumed' },
  perUncachedDigestByte: published(stingray2019Checksum.seconds.checksum / (stingray2019Checksum.megabytes * 2 ** 20)),
});

/** The profile of the machine that gained most: its uncached accesses take ten times as long as the Stingray's. */
export const thunderX2: MachineProfile = fitPublished(
  'thunderx2',
  measurements.thunderX2Off.machine,
  publishedThunderX2,
);

/** The profile of the machine of `publishedInitramfs120`. */
export const initramfs120: MachineProfile = fitPublished(
  'initramfs-120m',
  'not named, initramfs of 120 MB',
  publishedInitramfs120,
);

/** Every machine that figures were published for with the MMU off and on; `fitErrors` tells how well each is met. */
export const fittedMachines: readonly FittedMachine[] = [
  { profile: stingray, published: publishedStingray },
  { profile: thunderX2, published: publishedThunderX2 },
  { profile: initramfs120, published: publishedInitramfs120 },
];

/** What a profile predicts for every published row that it has prices for, fitted or not. */
export function fitErrors(profile: MachineProfile, rows: readonly PublishedRelocation[]): FitError[] {
  return rows.flatMap((row) => {
    const { seconds } = estimate(linuxCounts(row.megabytes, row.mmu), profile);
    return seconds === undefined ? [] : [{ ...row, predicted: seconds, error: seconds / row.seconds - 1 }];
  });
}
