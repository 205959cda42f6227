import { dot, nonNegative, normalOf, solve } from './least-squares.ts';
import type { PriceName } from './price-name.ts';
import { countOf, type Prices, priceNames } from './prices.ts';
import { tQuantile } from './t-quantile.ts';
import type { TimedRun } from './timed-run.ts';

/** A price that rows tell, and between what it lies, as far as they tell that. */
export interface Interval {
  readonly seconds: number;
  readonly low?: number;
  readonly high?: number;
  /** The rows would have it negative. */
  readonly isZero: boolean;
}

/** Least squares over the rows of one group, with what is left of each. */
export interface RowsFit {
  readonly runs: readonly TimedRun[];
  /** None negative. */
  readonly values: readonly number[];
  /** Without that condition: the middle of the intervals. */
  readonly free: readonly number[];
  readonly inverse: readonly (readonly number[])[];
  /** What each row counts of each price, divided by what is predicted for it. */
  readonly rows: Float64Array;
  /** Seconds of each run, with the known prices. */
  readonly predicted: Float64Array;
  /** Of what is predicted. */
  readonly left: Float64Array;
  /** How much a row itself decides about what is predicted for it: 0 to 1. */
  readonly leverage: Float64Array;
  /** The standard deviation of what is left. */
  readonly scale: number;
  /** Rows beyond one for each price. */
  readonly spare: number;
}

/** How much of a price each run counts, by its time. */
export const columnOf = (name: PriceName, runs: readonly TimedRun[]): Float64Array =>
  Float64Array.from(runs, ({ counts, seconds }) => countOf(name, counts) / seconds);

/** What is predicted decides about how a row is weighed: more rounds change nothing any more. */
const ROUNDS = 8;
const SETTLED = 1e-9;

/** Divides each row by what is predicted for it, not by what was measured: else rows that came out short would count more. */
export function fitRows(runs: readonly TimedRun[], names: readonly PriceName[], known: Prices): RowsFit {
  const width = names.length;
  const counts = new Float64Array(runs.length * width);
  const given = Float64Array.from(runs, (run) => knownSeconds(run, known));
  const seconds = Float64Array.from(runs, (run) => run.seconds);
  runs.forEach((run, at) => {
    names.forEach((name, column) => {
      counts[at * width + column] = countOf(name, run.counts);
    });
  });
  const targets = seconds.map((time, at) => time - (given[at] ?? 0));
  let weights = seconds;
  let normal = normalOf(counts, width, targets, weights);
  let values = nonNegative(normal);
  for (let round = 0; round < ROUNDS; round++) {
    const before = weights;
    weights = predict(counts, values, given).map((time, at) => (time > 0 ? time : (seconds[at] ?? 1)));
    normal = normalOf(counts, width, targets, weights);
    values = nonNegative(normal);
    if (weights.every((time, at) => Math.abs(time / (before[at] ?? 1) - 1) < SETTLED)) break;
  }
  const { values: free, inverse } = solve(normal);
  const rows = counts.map((count, at) => count / (weights[Math.floor(at / width)] ?? 1));
  const left = predict(rows, free, new Float64Array(runs.length)).map(
    (told, at) => (targets[at] ?? 0) / (weights[at] ?? 1) - told,
  );
  const spare = runs.length - width;
  const squares = left.reduce((sum, rest) => sum + rest * rest, 0);
  return {
    ...{ runs, values, free, inverse, rows, left, spare },
    predicted: predict(counts, values, given),
    leverage: left.map((_, at) => leverageOf(rows.subarray(at * width, (at + 1) * width), inverse)),
    scale: spare > 0 ? Math.sqrt(squares / spare) : 0,
  };
}

/** Seconds of a run by the known prices alone. */
export const knownSeconds = ({ counts }: TimedRun, known: Prices): number =>
  priceNames.reduce((sum, name) => sum + (known[name] === undefined ? 0 : countOf(name, counts) * known[name]), 0);

/** What the rows say at these values, beside what is given of each. */
function predict(rows: Float64Array, values: readonly number[], given: Float64Array): Float64Array {
  const width = values.length;
  const predicted = given.slice();
  for (let at = 0; at < predicted.length; at++)
    predicted[at] = (predicted[at] ?? 0) + dot(rows.subarray(at * width, (at + 1) * width), values);
  return predicted;
}

const leverageOf = (row: Float64Array, inverse: readonly (readonly number[])[]): number =>
  inverse.reduce((sum, line, column) => sum + (row[column] ?? 0) * dot(line, row), 0);

/** Between what the price in a column lies, where there are rows to tell. */
export function intervalOf(fit: RowsFit, column: number, confidence: number): Interval {
  const seconds = fit.values[column] ?? 0;
  const middle = fit.free[column] ?? 0;
  const isZero = seconds === 0 && middle < 0;
  if (fit.spare <= 0) return { seconds, isZero };
  const half = halfWidth(fit, column, confidence);
  return {
    seconds,
    low: Math.max(0, Math.min(seconds, middle - half)),
    high: Math.max(seconds, middle + half),
    isZero,
  };
}

/** As if all rows scattered alike, and as if each scattered as it does, without its own pull (HC3): the wider one. */
function halfWidth(fit: RowsFit, column: number, confidence: number): number {
  const { runs, rows, left, leverage, predicted, spare, scale } = fit;
  const line = fit.inverse[column] ?? [];
  const width = line.length;
  let [each, rounding, squares, fourths] = [0, 0, 0, 0];
  for (const [at, { plusMinus = 0, seconds }] of runs.entries()) {
    // How far the price moves with this row.
    const pull = dot(line, rows.subarray(at * width, (at + 1) * width));
    const own = 1 - (leverage[at] ?? 0);
    squares += pull ** 2;
    fourths += pull ** 4;
    rounding += (Math.abs(pull) * plusMinus) / (predicted[at] || seconds);
    if (own > 1e-9) each += ((pull * (left[at] ?? 0)) / own) ** 2;
  }
  const deviation = Math.sqrt(Math.max(scale ** 2 * (line[column] ?? 0), each));
  // Of many rows few may decide about a price.
  const degrees = Math.max(1, Math.min(spare, Math.round(squares ** 2 / fourths) - 1));
  // Times of reboots are skewed: where rows are few, that hides.
  const skewed = 1 + 1 / runs.length;
  return skewed * tQuantile(confidence, degrees) * deviation + rounding;
}

/** The columns of a fit, each row weighed as it was fitted. */
export function weighedColumns({ rows, values, runs }: RowsFit): Float64Array[] {
  const width = values.length;
  return values.map((_, column) => Float64Array.from(runs, (__, at) => rows[at * width + column] ?? 0));
}

/** A row is met exactly, whatever it says: nothing is left of it to tell how it scatters. */
const ALONE = 1e-6;

/** Rows that decide about the price in a column and that no other row is held against; none, where others decide as well. */
export function deciding(fit: RowsFit, column: number): TimedRun[] {
  const line = fit.inverse[column] ?? [];
  const width = line.length;
  const found: TimedRun[] = [];
  let [all, own] = [0, 0];
  for (const [at, run] of fit.runs.entries()) {
    const pull = dot(line, fit.rows.subarray(at * width, (at + 1) * width)) ** 2;
    all += pull;
    if (pull === 0 || 1 - (fit.leverage[at] ?? 0) > ALONE) continue;
    own += pull;
    found.push(run);
  }
  return own > all / 4 ? found : [];
}

/** How improbable a row must be among all before it is told. */
const ODDS = 0.01;
/** Below this nothing is left but rounding. */
const ROUNDING = 1e-7;

/** Rows whose distance the others do not explain: beyond what one set of rows in a hundred without outliers has. */
export function outlying({ runs, left, leverage, spare }: RowsFit): TimedRun[] {
  if (spare < 2) return [];
  const squares = left.reduce((sum, rest) => sum + rest * rest, 0);
  const limit = tQuantile(1 - ODDS / runs.length, spare - 1);
  return runs.filter((_, at) => {
    const rest = (left[at] ?? 0) ** 2;
    if (rest < ROUNDING ** 2) return false;
    const own = rest / Math.max(1 - (leverage[at] ?? 0), 1e-12);
    return own > limit ** 2 * (Math.max(squares - own, 0) / (spare - 1));
  });
}

/** Robust standard deviations beyond which a row may be one of many that hide each other. */
const FAR = 5;
/** The median distance of normal noise, as a part of its standard deviation. */
const MEDIAN_PART = 0.6745;

/**
 * Rows that lie so far from most that together they may hide each other; fewer than half of all. With so many far away the mean of
 * distances says nothing: their median does.
 */
export function farRows({ runs, left }: RowsFit): Set<TimedRun> {
  const middle = medianOf(left);
  const away = left.map((rest) => Math.abs(rest - middle));
  const limit = Math.max((FAR * medianOf(away)) / MEDIAN_PART, ROUNDING);
  const far = runs.filter((_, at) => (away[at] ?? 0) > limit);
  return new Set(far.length * 2 < runs.length ? far : []);
}

const medianOf = (numbers: Float64Array): number => numbers.toSorted()[Math.floor((numbers.length - 1) / 2)] ?? 0;

/** Which of some rows the fit to others leaves no room for. */
export function beyond(
  fit: RowsFit,
  rows: readonly TimedRun[],
  names: readonly PriceName[],
  known: Prices,
): TimedRun[] {
  if (fit.spare < 2) return [];
  // The rest was chosen for lying close together: the fewer there are, the more that says.
  const limit = tQuantile(1 - ODDS / (10 * (fit.runs.length + rows.length)), fit.spare);
  return rows.filter((run) => {
    const free = Float64Array.from(names, (name) => countOf(name, run.counts));
    const predicted = knownSeconds(run, known) + dot(free, fit.values);
    if (!(predicted > 0)) return true;
    const row = free.map((count) => count / predicted);
    const off = Math.abs(run.seconds / predicted - 1);
    return off > Math.max(limit * fit.scale * Math.sqrt(1 + leverageOf(row, fit.inverse)), ROUNDING);
  });
}
