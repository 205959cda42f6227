import type { RunCounts } from './counts.ts';
import type { Price } from './fit.ts';
import type { PriceName } from './price-name.ts';
import { checkCounts, countOf, priceNames, pricesUsed, priceTable, type RowGroup } from './prices.ts';
import { checkProfile, type MachineProfile } from './profile.ts';
import { tQuantile } from './t-quantile.ts';

/** What a run takes on the machine of a profile. */
export interface Estimate {
  readonly seconds: number;
  /** Between these a run lies, as often as the profile's confidence says; left out where nothing tells. */
  readonly low?: number;
  readonly high?: number;
}

/** A run that a profile does not tell the time of. */
export interface NoEstimate {
  readonly seconds: undefined;
  /** The prices that it lacks. */
  readonly missing: readonly PriceName[];
}

/** How much of an estimate may rest on what was assumed, before it has no interval. */
const ASSUMED_MAX = 0.1;

/**
 * What a run with these counts takes on the machine of a profile. Its interval goes from all prices at their lowest to all at their
 * highest, and by the scatter of single runs beyond: no narrower than it must be.
 *
 * @throws CostError `EINVAL` for counts or a profile that are none.
 */
export function estimate(counts: RunCounts, profile: MachineProfile): Estimate | NoEstimate {
  checkCounts(counts);
  checkProfile(profile);
  const used = pricesUsed(counts);
  const missing = used.filter((name) => profile.prices[name] === undefined);
  if (missing.length > 0) return { seconds: undefined, missing };
  const parts = used.flatMap((name) => {
    const price = profile.prices[name];
    return price === undefined ? [] : [{ ...price, group: priceTable[name].group, count: countOf(name, counts) }];
  });
  const seconds = parts.reduce((sum, part) => sum + part.count * part.seconds, 0);
  return { seconds, ...intervalOf(parts, seconds, profile) };
}

interface Part extends Price {
  readonly group: RowGroup;
  readonly count: number;
}

function intervalOf(
  parts: readonly Part[],
  seconds: number,
  { scatter, confidence }: MachineProfile,
): Pick<Estimate, 'low' | 'high'> {
  const assumed = parts.filter(({ basis }) => basis === 'assumed');
  const measured = parts.filter(({ basis }) => basis !== 'assumed');
  const guessed = assumed.reduce((sum, { count, seconds: each }) => sum + count * each, 0);
  if (measured.length === 0 || guessed > ASSUMED_MAX * seconds) return {};
  let [below, above] = [0, 0];
  for (const group of new Set(measured.map((part) => part.group))) {
    const own = measured.filter((part) => part.group === group);
    const spread = scatter[group];
    if (spread === undefined || own.some(({ low, high }) => low === undefined || high === undefined)) return {};
    const middle = own.reduce((sum, { count, seconds: each }) => sum + count * each, 0);
    const single = tQuantile(confidence, spread.spare) * spread.relative * middle;
    const sum = (bound: (part: Part) => number): number => own.reduce((all, part) => all + part.count * bound(part), 0);
    below += Math.hypot(middle - sum(({ low = 0 }) => low), single);
    above += Math.hypot(sum(({ high = 0 }) => high) - middle, single);
  }
  return { low: Math.max(0, seconds - below), high: seconds + above };
}

/** The prices of a profile as numbers. */
export const pricesOf = ({ prices }: Pick<MachineProfile, 'prices'>): Partial<Record<PriceName, number>> =>
  Object.fromEntries(
    priceNames.flatMap((name) => {
      const price = prices[name];
      return price === undefined ? [] : [[name, price.seconds]];
    }),
  );
