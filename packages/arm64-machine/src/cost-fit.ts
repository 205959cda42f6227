import type { EventPrices } from './cost.ts';
import type { Counters } from './counters.ts';

/** A run that was timed, with what it counted: `linuxCounters` for a kernel's own log, or a simulated run's counters. */
export interface Measurement {
  /** Where it comes from: a file, a line of a log. */
  readonly source: string;
  readonly counters: Counters;
  readonly seconds: number;
}

/** How far the fitted prices are off on a measurement: +0.17 predicts 17 % too much. */
export interface MeasurementError extends Measurement {
  readonly predicted: number;
  readonly error: number;
}

/** Prices, and how well they meet each measurement that they were fitted to. */
export interface PriceFit {
  readonly prices: EventPrices;
  readonly errors: readonly MeasurementError[];
}

/** What `fitProfile` throws: measurements that cannot tell the prices that are asked of them. */
export class CostFitError extends Error {
  override readonly name = 'CostFitError';
  /** `EINVAL` a measurement that is none · `EDOM` too few measurements, or too much alike. */
  readonly code: 'EINVAL' | 'EDOM';
  readonly hint: string;

  constructor(code: 'EINVAL' | 'EDOM', message: string, hint: string) {
    super(`${message}; ${hint}`);
    this.code = code;
    this.hint = hint;
  }
}

type Price = keyof EventPrices;

/** What each price is for, how it is counted, and how to measure it. */
const events: Readonly<Record<Price, { name: string; measure: string; count: (counters: Counters) => number }>> = {
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
 * @throws CostFitError `EINVAL` for a measurement that took no time or counted nothing; `EDOM` where the measurements
 * cannot tell the prices: too few, none with such an event, or all with the same proportion of two events.
 */
export function fitProfile(measurements: readonly Measurement[], known: Partial<EventPrices> = {}): PriceFit {
  for (const measurement of measurements) checkMeasurement(measurement);
  const unknown = allPrices.filter((name) => known[name] === undefined);
  if (measurements.length < unknown.length) {
    throw new CostFitError(
      'EDOM',
      `${measurements.length} measurements cannot tell ${unknown.length} prices`,
      `add measurements, or give ${unknown.join(' or ')}`,
    );
  }
  const given = allPrices.filter((name) => known[name] !== undefined);
  // Each row is divided by what was measured: what is to come out is then 1, less the part that is known.
  const columns = unknown.map((name) =>
    measurements.map(({ counters, seconds }) => events[name].count(counters) / seconds),
  );
  const target = measurements.map(({ counters, seconds }) =>
    given.reduce((rest, name) => rest - (events[name].count(counters) * (known[name] ?? 0)) / seconds, 1),
  );
  checkColumns(unknown, columns);
  const solution = leastSquares(columns, target);
  const prices = { perInstruction: 0, perUncachedAccess: 0, perLine: 0, perTableWalk: 0, ...known };
  unknown.forEach((name, index) => {
    prices[name] = solution[index] ?? 0;
  });
  return { prices, errors: measurements.map((measurement) => errorOf(measurement, prices)) };
}

function errorOf(measurement: Measurement, prices: EventPrices): MeasurementError {
  const predicted = allPrices.reduce((sum, name) => sum + events[name].count(measurement.counters) * prices[name], 0);
  return { ...measurement, predicted, error: predicted / measurement.seconds - 1 };
}

function checkMeasurement({ source, counters, seconds }: Measurement): void {
  const counts = allPrices.map((name) => events[name].count(counters));
  if (!(seconds > 0 && seconds < Number.POSITIVE_INFINITY))
    throw new CostFitError('EINVAL', `${source} took ${seconds} seconds`, 'give a time above zero');
  if (!counts.every((count) => count >= 0 && count < Number.POSITIVE_INFINITY) || counts.every((count) => count === 0))
    throw new CostFitError('EINVAL', `${source} counted ${counts.join(', ')}`, 'give the counters of a run');
}

/** Each price needs events of its own: a column that is not zero, and not in the span of the others. */
function checkColumns(names: readonly Price[], columns: readonly (readonly number[])[]): void {
  const basis: number[][] = [];
  for (const [index, column] of columns.entries()) {
    const name = names[index] ?? 'perInstruction';
    const { name: event, measure } = events[name];
    const length = Math.sqrt(dot(column, column));
    if (length === 0) throw new CostFitError('EDOM', `no measurement counted ${event}`, `${measure}, or give ${name}`);
    // What is left of the column beside the ones before it (Gram-Schmidt).
    const left = basis.reduce(
      (rest, axis) => {
        const along = dot(rest, axis);
        return rest.map((value, row) => value - along * (axis[row] ?? 0));
      },
      column.map((value) => value / length),
    );
    const size = dot(left, left);
    if (size < SAME_DIRECTION) {
      throw new CostFitError(
        'EDOM',
        `all measurements have the same proportion of ${event} to other events`,
        `${measure}, or give ${name}`,
      );
    }
    basis.push(left.map((value) => value / Math.sqrt(size)));
  }
}

/**
 * Non-negative least squares over at most four unknowns: the best of all choices of which of them are zero. That is the
 * optimum, because at it the unknowns that are not zero solve the problem without the others.
 */
function leastSquares(columns: readonly (readonly number[])[], target: readonly number[]): number[] {
  let best: number[] = columns.map(() => 0);
  let least = dot(target, target);
  for (let choice = 1; choice < 2 ** columns.length; choice++) {
    const free = columns.filter((_, index) => (choice & (1 << index)) !== 0);
    const solved = solve(
      free.map((column) => free.map((other) => dot(column, other))),
      free.map((column) => dot(column, target)),
    );
    if (solved.some((value) => value < 0)) continue;
    const values = solved.values();
    const candidate = columns.map((_, index) => ((choice & (1 << index)) === 0 ? 0 : (values.next().value ?? 0)));
    const residual = target.map((value, row) =>
      candidate.reduce((rest, factor, column) => rest - factor * (columns[column]?.[row] ?? 0), value),
    );
    const squared = dot(residual, residual);
    if (squared < least) [best, least] = [candidate, squared];
  }
  return best;
}

/** Solves a symmetric positive definite system by its Cholesky factor, with the diagonal scaled to 1. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const at = (row: number, column: number): number => matrix[row]?.[column] ?? 0;
  const scale = right.map((_, index) => 1 / Math.sqrt(at(index, index)));
  const scaleOf = (index: number): number => scale[index] ?? 0;
  const factor: number[][] = [];
  const forward: number[] = [];
  for (let row = 0; row < right.length; row++) {
    const line: number[] = [];
    for (let column = 0; column <= row; column++) {
      const other = column === row ? line : (factor[column] ?? []);
      const rest = at(row, column) * scaleOf(row) * scaleOf(column) - dot(line, other);
      line.push(column === row ? Math.sqrt(rest) : rest / (other[column] ?? 1));
    }
    factor.push(line);
    forward.push(((right[row] ?? 0) * scaleOf(row) - dot(forward, line)) / (line[row] ?? 1));
  }
  const solution = [...forward];
  for (let row = right.length - 1; row >= 0; row--) {
    let rest = forward[row] ?? 0;
    for (let below = row + 1; below < right.length; below++)
      rest -= (factor[below]?.[row] ?? 0) * (solution[below] ?? 0);
    solution[row] = rest / (factor[row]?.[row] ?? 1);
  }
  return solution.map((value, index) => value * scaleOf(index));
}

/** The scalar product, over as many elements as the shorter one has. */
function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < a.length && index < b.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
