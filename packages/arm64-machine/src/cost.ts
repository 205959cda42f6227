import { fitProfile, type Measurement } from './cost-fit.ts';
import type { Counters } from './counters.ts';

/** What a machine takes for each thing that a run counts, in seconds. */
export interface EventPrices {
  readonly perInstruction: number;
  readonly perUncachedAccess: number;
  /** Moving one 64-byte line, in either direction. */
  readonly perLine: number;
  readonly perTableWalk: number;
}

/** The prices of a machine. */
export interface PriceProfile extends EventPrices {
  readonly name: string;
  readonly machine: string;
}

/** Prices, and the phases that no routine can change. All in seconds. */
export interface CostProfile extends PriceProfile {
  readonly shutdown: number;
  readonly startup: number;
  /** Purgatory's SHA-256 with the MMU off, a byte. */
  readonly perDigestByteUncached: number;
}

/** One published measurement of a relocation on the machine of a profile. */
export interface PublishedRelocation {
  readonly source: string;
  readonly megabytes: number;
  readonly mmu: 'off' | 'on';
  readonly seconds: number;
  /** Whether the profile was fitted to this row; the error on the others tells how far to trust it. */
  readonly fitted: boolean;
}

/** How far a profile is off on one published row: +0.17 predicts 17 % too much. */
export interface FitError extends PublishedRelocation {
  readonly predicted: number;
  readonly error: number;
}

/** Broadcom Stingray (Cortex-A72), the machine of the series' own measurements. */
export const publishedStingray: readonly PublishedRelocation[] = [
  { source: 'cover letter, July 2019', megabytes: 37, mmu: 'off', seconds: 0.35, fitted: true },
  { source: 'MMU series, RFC v2 to v18', megabytes: 25, mmu: 'on', seconds: 0.022158152, fitted: true },
  { source: 'MMU series, RFC v2 to v18', megabytes: 25, mmu: 'off', seconds: 0.440510736, fitted: false },
  { source: 'MMU series, commit text', megabytes: 25, mmu: 'off', seconds: 0.382, fitted: false },
  { source: 'MMU series, commit text', megabytes: 25, mmu: 'on', seconds: 0.019, fitted: false },
];

/** Cavium ThunderX2: two figures for two prices, so that nothing is left to check the fit with. */
export const publishedThunderX2: readonly PublishedRelocation[] = [
  { source: 'MMU series, v13 on', megabytes: 84, mmu: 'off', seconds: 7.489539915, fitted: true },
  { source: 'MMU series, v13 on', megabytes: 84, mmu: 'on', seconds: 0.03946095, fitted: true },
];

/** A tester's machine that is not named, with an initramfs of about 120 MB: two rounded figures for two prices. */
export const publishedInitramfs120: readonly PublishedRelocation[] = [
  { source: 'MMU series, test of v9', megabytes: 120, mmu: 'off', seconds: 0.58, fitted: true },
  { source: 'MMU series, test of v9', megabytes: 120, mmu: 'on', seconds: 0.06, fitted: true },
];

// Linux's routine, a 4 KiB page: 256 loads and 256 stores of 16 bytes; with caches, 64 lines read, 64 written
// to (each is brought in first) and 64 cleaned.
const PAGES_PER_MEGABYTE = 256;
const INSTRUCTIONS_PER_PAGE = 1045;
const UNCACHED_ACCESSES_PER_PAGE = 512;
const LINES_PER_PAGE = 192;

/** What the published figures are too few to tell: an estimate for the loop at 3 GHz, and a walk that misses the caches. */
const assumed = { perInstruction: 0.25e-9, perTableWalk: 100e-9 };

/** The counts that a relocation of so many megabytes has with Linux's routine; for logs that give no more than that. */
export function linuxCounters(megabytes: number, mmu: 'off' | 'on'): Counters {
  const pages = megabytes * PAGES_PER_MEGABYTE;
  return {
    instructions: pages * INSTRUCTIONS_PER_PAGE,
    uncachedAccesses: mmu === 'off' ? pages * UNCACHED_ACCESSES_PER_PAGE : 0,
    lineFills: mmu === 'on' ? (pages * LINES_PER_PAGE * 2) / 3 : 0,
    lineCleans: mmu === 'on' ? (pages * LINES_PER_PAGE) / 3 : 0,
    tableWalks: mmu === 'on' ? pages * 2 : 0,
  };
}

/** Seconds that a run with these counts takes on the machine of a profile. */
export function price(counters: Counters, prices: EventPrices): number {
  return (
    counters.instructions * prices.perInstruction +
    counters.uncachedAccesses * prices.perUncachedAccess +
    (counters.lineFills + counters.lineCleans) * prices.perLine +
    counters.tableWalks * prices.perTableWalk
  );
}

/** What the profile predicts for every published row, fitted or not. */
export function fitErrors(prices: EventPrices, published: readonly PublishedRelocation[]): FitError[] {
  return published.map((row) => {
    const predicted = price(linuxCounters(row.megabytes, row.mmu), prices);
    return { ...row, predicted, error: predicted / row.seconds - 1 };
  });
}

/** Fits the two prices of memory to the rows that are there for it. */
function fitPublished(name: string, machine: string, published: readonly PublishedRelocation[]): PriceProfile {
  const rows = published
    .filter(({ fitted }) => fitted)
    .map(
      ({ source, megabytes, mmu, seconds }): Measurement => ({
        source,
        counters: linuxCounters(megabytes, mmu),
        seconds,
      }),
    );
  return { name, machine, ...fitProfile(rows, assumed).prices };
}

/** The profile of the machine that the series was measured on. */
export const stingray: CostProfile = {
  ...fitPublished('stingray', 'Broadcom Stingray, Cortex-A72', publishedStingray),
  shutdown: 0.03,
  startup: 0.29,
  perDigestByteUncached: 2.31 / (37 * 2 ** 20),
};

/** The profile of the machine that gained most: its uncached accesses take ten times as long as the Stingray's. */
export const thunderX2: PriceProfile = fitPublished('thunderx2', 'Cavium ThunderX2', publishedThunderX2);

/** The profile of the machine of `publishedInitramfs120`. */
export const initramfs120: PriceProfile = fitPublished(
  'initramfs-120m',
  'not named, initramfs of 120 MB',
  publishedInitramfs120,
);

/** A profile with the published rows of its machine. */
export interface FittedMachine {
  readonly profile: PriceProfile;
  readonly published: readonly PublishedRelocation[];
}

/** Every machine that figures were published for with the MMU off and on; `fitErrors` tells how well each is met. */
export const fittedMachines: readonly FittedMachine[] = [
  { profile: stingray, published: publishedStingray },
  { profile: thunderX2, published: publishedThunderX2 },
  { profile: initramfs120, published: publishedInitramfs120 },
];
