import type { EventCounts } from './counts.ts';
import { CostFitError } from './error.ts';
import { dot, leastSquares } from './least-squares.ts';
import { type EventPrices, price } from './prices.ts';

/** A run that was timed, with what it counted: `linuxCounts` for a kernel's own log, or the counters of a simulated run. */
export interface TimedRun {
  /** Where it comes from: a file, a line of a log. */
  readonly source: string;
  readonly counts: EventCounts;
  readonly seconds: number;
}

/** How far the fitted prices are off on a run: +0.17 predicts 17 % too much. */
export interface TimedRunError extends TimedRun {
  /** Seconds. */
  readonly predicted: number;
  readonly error: number;
}

/** Prices, and how well they meet each run that they were fitted to. */
export interface PriceFit {
  readonly prices: EventPrices;
  readonly errors: readonly TimedRunError[];
}

type Price = keyof EventPrices;

/** What each price is for, how it is counted, and how to measure it. */
const events: Readonly<Record<Price, { name: string; measure: string; count: (counts: EventCounts) => number }>> = {
  perInstruction: {
    name: 'an instruction',
    measure: 'measure a run that is long for its memory',
    count: ({ instructions }) => instructions,
  },
  perUncachedAccess: {
    name: 'an uncached access',
    measure: 'measure a relocation with the MMU off',
    count: ({ uncachedAccesses }) => uncachedAccesses,
  },
  perLine: {
    name: 'a cache line',
    measure: 'measure a relocation with the MMU on',
    count: ({ lineFills, lineCleans }) => lineFills + lineCleans,
  },
  perTableWalk: {
    name: 'a table walk',
    measure: 'measure runs that differ in how scattered their pages are',
    count: ({ tableWalks }) => tableWalks,
  },
};

const allPrices: readonly Price[] = ['perInstruction', 'perUncachedAccess', 'perLine', 'perTableWalk'];

/** Two columns whose angle has a squared sine below this are the same up to their scale. */
const SAME_DIRECTION = 1e-9;

/**
 * Fits prices to a machine's own measurements: the prices, none negative, with the least sum of squared relative errors.
 * Relative, so that a short run counts as much as a long one.
 *
 * @param known prices that are taken as given, in seconds; the others are fitted.
 * @throws CostFitError `EINVAL` for a run that took no time or counted nothing; `EDOM` where the runs cannot tell the
 * prices: too few, none with such an event, or all with the same proportion of two events.
 */
export function fitProfile(runs: readonly TimedRun[], known: Partial<EventPrices> = {}): PriceFit {
  for (const run of runs) checkRun(run);
  const unknown = allPrices.filter((name) => known[name] === undefined);
  if (runs.length < unknown.length) {
    const what = `${runs.length} measurements cannot tell ${unknown.length} prices`;
    throw new CostFitError('EDOM', what, `add measurements, or give ${unknown.join(' or ')}`, { prices: unknown });
  }
  // Each row is divided by what was measured: what is to come out is then 1, less the part that is known.
  const columns = unknown.map((name) => runs.map(({ counts, seconds }) => events[name].count(counts) / seconds));
  const given = { ...free, ...known };
  const target = runs.map(({ counts, seconds }) => 1 - price(counts, given) / seconds);
  checkColumns(unknown, columns);
  const solution = leastSquares(columns, target);
  const prices = { ...given };
  unknown.forEach((name, index) => {
    prices[name] = solution[index] ?? 0;
  });
  return { prices, errors: runs.map((run) => errorOf(run, prices)) };
}

const free: EventPrices = { perInstruction: 0, perUncachedAccess: 0, perLine: 0, perTableWalk: 0 };

function errorOf(run: TimedRun, prices: EventPrices): TimedRunError {
  const predicted = price(run.counts, prices);
  return { ...run, predicted, error: predicted / run.seconds - 1 };
}

function checkRun({ source, counts, seconds }: TimedRun): void {
  const all = allPrices.map((name) => events[name].count(counts));
  if (!(seconds > 0 && seconds < Number.POSITIVE_INFINITY))
    throw new CostFitError('EINVAL', `${source} took ${seconds} seconds`, 'give a time above zero', { source });
  if (!all.every((count) => count >= 0 && count < Number.POSITIVE_INFINITY) || all.every((count) => count === 0))
    throw new CostFitError('EINVAL', `${source} counted ${all.join(', ')}`, 'give the counts of a run', { source });
}

/** Each price needs events of its own: a column that is not zero, and not in the span of the others. */
function checkColumns(names: readonly Price[], columns: readonly (readonly number[])[]): void {
  const basis: number[][] = [];
  for (const [index, column] of columns.entries()) {
    const name = names[index] ?? 'perInstruction';
    const { name: event, measure } = events[name];
    const refuse = (what: string): never => {
      throw new CostFitError('EDOM', what, `${measure}, or give ${name}`, { prices: [name] });
    };
    const length = Math.sqrt(dot(column, column));
    if (length === 0) refuse(`no measurement counted ${event}`);
    // What is left of the column beside the ones before it (Gram-Schmidt).
    const left = basis.reduce(
      (rest, axis) => {
        const along = dot(rest, axis);
        return rest.map((value, row) => value - along * (axis[row] ?? 0));
      },
      column.map((value) => value / length),
    );
    const size = dot(left, left);
    if (size < SAME_DIRECTION) refuse(`all measurements have the same proportion of ${event} to other events`);
    basis.push(left.map((value) => value / Math.sqrt(size)));
  }
}
