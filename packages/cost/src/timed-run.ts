import type { RunCounts } from './counts.ts';
import { CostError } from './error.ts';
import { checkCounts, checkObject, pricesUsed, priceTable, type RowGroup } from './prices.ts';

/** How a time stands to the truth, where it is not exact. */
export type TimeBound = 'at-least' | 'at-most' | 'about';

/** A run that was timed, with what it counted: `linuxCounts` for a kernel's own log, or the counters of a simulated run. */
export interface TimedRun {
  /** Where it comes from: a file, a line of a log. */
  readonly source: string;
  readonly counts: RunCounts;
  readonly seconds: number;
  /** Left out: the time is exact. */
  readonly bound?: TimeBound;
  /** Seconds that rounding makes it uncertain by; left out: none. */
  readonly plusMinus?: number;
}

const KEYS: readonly string[] = ['source', 'counts', 'seconds', 'bound', 'plusMinus'] satisfies (keyof TimedRun)[];
const BOUNDS: readonly unknown[] = [undefined, 'at-least', 'at-most', 'about'] satisfies (TimeBound | undefined)[];

/** A day. Whatever takes longer is told in another unit. */
const SECONDS_MAX = 86_400;
/** A nanosecond: nothing that has a price is shorter. */
const SECONDS_MIN = 1e-9;

/**
 * Whose phases a run is of.
 *
 * @throws CostError `EINVAL` for a run that is not one: a key that there is not, NaN, a time that is none or not in seconds, nothing
 * counted, phases that are timed together but not fitted together.
 */
export function groupOf(run: TimedRun): RowGroup {
  checkObject(run, 'a run');
  const { source, counts, seconds, bound, plusMinus = 0 } = run;
  const refuse = (what: string, hint: string): CostError => new CostError('EINVAL', what, hint, { source });
  if (typeof source !== 'string' || source === '')
    throw new CostError('EINVAL', 'a run does not say where it comes from', 'give its source');
  const strange = Object.keys(run).find((key) => !KEYS.includes(key));
  if (strange !== undefined) throw refuse(`${source}: there is no "${strange}"`, `a run has ${KEYS.join(', ')}`);
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds < Number.POSITIVE_INFINITY))
    throw refuse(`${source} took ${seconds} seconds`, 'give a time above zero');
  if (seconds < SECONDS_MIN) throw refuse(`${source} took ${seconds} seconds`, 'give a time that a clock can tell');
  if (seconds > SECONDS_MAX) throw refuse(`${source} took ${seconds} seconds`, 'give seconds: is it in milliseconds?');
  if (!BOUNDS.includes(bound)) throw refuse(`${source}: its time is "${bound}"`, 'give at-least, at-most or about');
  if (typeof plusMinus !== 'number' || !(plusMinus >= 0 && plusMinus <= SECONDS_MAX))
    throw refuse(`${source}: rounded by ${plusMinus} seconds`, 'give seconds, or leave it out');
  checkCounts(counts, source);
  const [group, ...others] = new Set(pricesUsed(counts).map((name) => priceTable[name].group));
  if (group === undefined) throw refuse(`${source} counted nothing`, 'give the counts of a run');
  if (others.length > 0)
    throw refuse(`${source} is the time of ${[group, ...others].join(' and ')} together`, 'give a run for each');
  return group;
}
