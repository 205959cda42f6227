import type { RunCounts } from './counts.ts';
import { CostError } from './error.ts';
import type { PriceName } from './price-name.ts';

/** Rows that are fitted together, by what they time: a checksum by a purgatory is timed within the relocation. */
export type RowGroup = 'shutdown' | 'relocation' | 'startup';

/** What a price is for. */
export interface PriceRow {
  readonly group: RowGroup;
  /** What it is the price of. */
  readonly of: string;
  /** What is counted for it. */
  readonly counts: readonly (keyof RunCounts)[];
  /** How it is measured. */
  readonly measure: string;
}

/** All prices: the fixed term of each phase, once for each time that it is gone through, and what is paid by event or byte. */
export const priceTable: Readonly<Record<PriceName, PriceRow>> = {
  perShutdown: {
    group: 'shutdown',
    of: 'a shutdown',
    counts: ['shutdowns'],
    measure: 'keep the log of a reboot whose old kernel says "Bye!" with a time (no quiet)',
  },
  perRelocation: {
    group: 'relocation',
    of: 'a relocation, whatever its size',
    counts: ['relocations'],
    measure: 'measure three sizes, the largest at least four times the smallest',
  },
  perInstruction: {
    group: 'relocation',
    of: 'an instruction',
    counts: ['instructions'],
    measure: 'measure a run that is long for its memory',
  },
  perUncachedAccess: {
    group: 'relocation',
    of: 'an uncached access',
    counts: ['uncachedAccesses'],
    measure: 'measure relocations with the MMU off, as by a kernel before 5.16',
  },
  perLine: {
    group: 'relocation',
    of: 'a cache line',
    counts: ['lineFills', 'lineCleans'],
    measure: 'measure relocations with the MMU on',
  },
  perTableWalk: {
    group: 'relocation',
    of: 'a table walk',
    counts: ['tableWalks'],
    measure: 'measure the MMU on with source pages in a row, and once with scattered ones',
  },
  perChecksum: {
    group: 'relocation',
    of: 'a checksum with the caches off, whatever its size',
    counts: ['checksums'],
    measure: 'measure two sizes with the check of kexec-tools (kexec -c, not -i)',
  },
  perUncachedDigestByte: {
    group: 'relocation',
    of: 'a byte of SHA-256 with the caches off',
    counts: ['uncachedDigestBytes'],
    measure: 'measure two sizes with the check of kexec-tools (kexec -c, not -i)',
  },
  perStartup: {
    group: 'startup',
    of: 'a start of the next kernel',
    counts: ['startups'],
    measure: 'keep the log of the next kernel, from its first line to "Run ... as init process"',
  },
};

/** Prices in seconds. */
export type Prices = Readonly<Partial<Record<PriceName, number>>>;

const isPrice = (name: string): name is PriceName => Object.hasOwn(priceTable, name);

/** All names, phase after phase. */
export const priceNames: readonly PriceName[] = Object.keys(priceTable).filter(isPrice);

const countNames: readonly string[] = priceNames.flatMap((name) => priceTable[name].counts);

/** How much of a price a run takes. */
export function countOf(name: PriceName, counts: RunCounts): number {
  return priceTable[name].counts.reduce((sum, counted) => sum + (counts[counted] ?? 0), 0);
}

/** The prices that a run takes any of. */
export const pricesUsed = (counts: RunCounts): PriceName[] => priceNames.filter((name) => countOf(name, counts) > 0);

/**
 * Seconds that a run with these counts takes at these prices.
 *
 * @throws CostError `EINVAL` for counts or prices that are none; `EDOM` for a price that is needed and missing.
 */
export function price(counts: RunCounts, prices: Prices): number {
  checkCounts(counts);
  checkPrices(prices);
  const used = pricesUsed(counts);
  const missing = used.filter((name) => prices[name] === undefined);
  if (missing.length > 0)
    throw new CostError('EDOM', `there is no price for ${ofAll(missing)}`, `give ${missing.join(' and ')}`, {
      prices: missing,
    });
  return used.reduce((sum, name) => sum + countOf(name, counts) * (prices[name] ?? 0), 0);
}

/** What prices are for, in words. */
export const ofAll = (names: readonly PriceName[]): string => names.map((name) => priceTable[name].of).join(' and ');

/** Whatever programs without types hand over. @throws CostError `EINVAL` */
export function checkObject(value: unknown, what: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new CostError(
    'EINVAL',
    `${what} cannot be ${Array.isArray(value) ? 'a list' : String(value)}`,
    'give an object',
  );
}

/** More than any run counts; the squares of such numbers can still be told apart. */
const COUNT_MAX = 2 ** 63;

/** Less than any mean of counts; the squares of such numbers are still numbers. */
const COUNT_MIN = 1e-9;

/** @throws CostError `EINVAL` for a key that there is not, and for NaN, infinite, negative and impossible counts. */
export function checkCounts(counts: RunCounts, source = 'a run'): void {
  checkObject(counts, `what ${source} counted`);
  for (const [key, value] of Object.entries(counts)) {
    if (!countNames.includes(key)) throw unknownKey(source, key, countNames);
    if (typeof value === 'number' && (value === 0 || (value >= COUNT_MIN && value <= COUNT_MAX))) continue;
    throw new CostError('EINVAL', `${source} counted ${value} as ${key}`, 'give a number from 0 to 2^63', {
      source,
    });
  }
}

/** Seconds that a phase may take, and that an event may: more is another unit. */
const ONCE_MAX = 86_400;
const EVENT_MAX = 1e-3;

/** Prices that are paid once a phase. */
const isFixed = (name: PriceName): boolean => priceTable[name].counts.some((counted) => fixedCounts.includes(counted));
const fixedCounts: readonly (keyof RunCounts)[] = ['shutdowns', 'relocations', 'checksums', 'startups'];

/** What is wrong with a price; undefined: nothing. */
export function wrongPrice(name: PriceName, value: unknown): string | undefined {
  if (typeof value !== 'number' || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    return 'a price is a number of seconds that is not negative';
  const most = isFixed(name) ? ONCE_MAX : EVENT_MAX;
  return value > most ? `more than ${most} s: prices are in seconds, not milliseconds or nanoseconds` : undefined;
}

/** @throws CostError `EINVAL` for a price that there is not, and for one that cannot be. */
export function checkPrices(prices: Prices): void {
  checkObject(prices, 'prices');
  for (const [key, value] of Object.entries(prices)) {
    if (!isPrice(key)) throw unknownKey('prices', key, priceNames);
    const wrong = value === undefined ? undefined : wrongPrice(key, value);
    if (wrong !== undefined) throw new CostError('EINVAL', `${key} is ${value}`, wrong, { prices: [key] });
  }
}

const unknownKey = (where: string, key: string, known: readonly string[]): CostError =>
  new CostError('EINVAL', `${where}: there is no "${key}"`, `it is one of ${known.join(', ')}`);
