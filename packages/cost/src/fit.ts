import { CostError } from './error.ts';
import {
  collinear,
  contradictory,
  type DecidedAlone,
  decidedAlone,
  type FitFinding,
  findingOf,
  givenContradicted,
  oneSided,
  priceFindings,
  spareFinding,
} from './finding.ts';
import { independence } from './least-squares.ts';
import type { PriceName } from './price-name.ts';
import { checkObject, checkPrices, type Prices, priceNames, pricesUsed, type RowGroup } from './prices.ts';
import {
  beyond,
  columnOf,
  deciding,
  farRows,
  fitRows,
  intervalOf,
  outlying,
  type RowsFit,
  weighedColumns,
} from './rows-fit.ts';
import { groupOf, type TimedRun } from './timed-run.ts';

/** How far the fitted prices are off on a run: +0.17 predicts 17 % too much. */
export interface TimedRunError extends TimedRun {
  /** Seconds. */
  readonly predicted: number;
  readonly error: number;
}

/** Where a price comes from: `fitted` to rows · `published` · `assumed` because no row can tell it. */
export type PriceBasis = 'fitted' | 'published' | 'assumed';

/** A price, and between what it lies. Without bounds nothing tells how far off it is. */
export interface Price {
  /** Seconds, as the bounds are. */
  readonly seconds: number;
  readonly low?: number;
  readonly high?: number;
  readonly basis: PriceBasis;
}

/** How runs of one kind scatter around what is predicted for them. */
export interface Scatter {
  /** The standard deviation, as a part of what is predicted. */
  readonly relative: number;
  readonly rows: number;
  /** Rows beyond one for each price. */
  readonly spare: number;
}

/** Prices with intervals, how well they meet each run, and all that has to be known of them. */
export interface PriceFit {
  readonly prices: Readonly<Partial<Record<PriceName, Price>>>;
  readonly scatter: Readonly<Partial<Record<RowGroup, Scatter>>>;
  readonly confidence: number;
  readonly errors: readonly TimedRunError[];
  readonly findings: readonly FitFinding[];
}

/** How prices are fitted. */
export interface FitOptions {
  /** Prices that are taken as given, in seconds; the others are fitted. */
  readonly known?: Prices;
  /** How often an interval is to hold the truth: 0.9, unless something else is wanted. */
  readonly confidence?: number;
}

const OPTIONS: readonly string[] = ['known', 'confidence'] satisfies (keyof FitOptions)[];

/**
 * Fits prices to a machine's own measurements: the prices, none negative, with the least sum of squared relative errors. Relative, so
 * that a short run counts as much as a long one. The time for it grows with the number of rows.
 *
 * A price has an interval where there are more rows than prices: Student's t on the rows' own scatter, taken in two ways, as if all
 * scattered alike and as if each did as it does (HC3); the wider one counts.
 *
 * A price that the rows cannot tell from others is not given; that, and whatever else is odd, is a finding.
 *
 * @throws CostError `EINVAL` for runs, prices or options that are not what they should be.
 */
export function fitPrices(runs: readonly TimedRun[], options: FitOptions = {}): PriceFit {
  if (!Array.isArray(runs)) throw new CostError('EINVAL', `runs cannot be ${String(runs)}`, 'give a list of them');
  checkObject(options, 'options');
  const strange = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (strange !== undefined)
    throw new CostError('EINVAL', `there is no option "${strange}"`, `give ${OPTIONS.join(', ')}`);
  const { known = {}, confidence = 0.9 } = options;
  checkPrices(known);
  if (typeof confidence !== 'number' || !(confidence >= 0.5 && confidence <= 0.999))
    throw new CostError('EINVAL', `a confidence of ${confidence}`, 'give a part of one, from 0.5 to 0.999');
  const groups = new Map<RowGroup, TimedRun[]>();
  for (const run of runs) {
    const group = groupOf(run);
    const rows = groups.get(group);
    if (rows === undefined) groups.set(group, [run]);
    else rows.push(run);
  }
  const prices: Partial<Record<PriceName, Price>> = {};
  for (const name of priceNames) {
    const seconds = known[name];
    if (seconds !== undefined) prices[name] = { seconds, basis: 'assumed' };
  }
  const scatter: Partial<Record<RowGroup, Scatter>> = {};
  const fits = [...groups].map(([group, rows]) => ({ group, ...fitGroup(group, rows, known, confidence) }));
  for (const fit of fits) {
    Object.assign(prices, fit.prices);
    if (fit.scatter !== undefined) scatter[fit.group] = fit.scatter;
  }
  return {
    prices,
    scatter,
    confidence,
    errors: fits.flatMap(({ errors }) => errors),
    findings: fits.flatMap(({ findings }) => findings),
  };
}

interface GroupFit {
  readonly prices: Readonly<Partial<Record<PriceName, Price>>>;
  readonly scatter: Scatter | undefined;
  readonly errors: readonly TimedRunError[];
  readonly findings: readonly FitFinding[];
}

function fitGroup(group: RowGroup, runs: readonly TimedRun[], known: Prices, confidence: number): GroupFit {
  const counted = new Set(runs.flatMap(({ counts }) => pricesUsed(counts)));
  const unknown = priceNames.filter((name) => counted.has(name) && known[name] === undefined);
  const { fit, names, told: toldNames } = fitTold(runs, unknown, known);
  const fitted = names
    .map((name, at) => ({ name, ...intervalOf(fit, at, confidence) }))
    .filter(({ name }) => toldNames.includes(name));
  const untold = unknown.filter((name) => !toldNames.includes(name));
  return {
    prices: Object.fromEntries(fitted.map(({ name, isZero: _, ...price }) => [name, { ...price, basis: 'fitted' }])),
    scatter: fit.spare > 0 ? { relative: fit.scale, rows: runs.length, spare: fit.spare } : undefined,
    errors: runs.map((run, at) => {
      const predicted = fit.predicted[at] ?? 0;
      return { ...run, predicted, error: predicted / run.seconds - 1 };
    }),
    findings: [
      ...oneSided(group, runs),
      ...contradictory(group, runs),
      ...givenContradicted(group, runs, known),
      ...collinear(group, untold, runs),
      ...spareFinding(group, runs, toldNames, fit.spare),
      ...decidedAlone(group, aloneOf(fit, names, toldNames)),
      ...fitted.flatMap((price) => priceFindings(group, runs, price)),
      ...outliers(group, fit, names, known),
    ],
  };
}

/** The prices that stand on rows which no others are held against, with these rows. */
function aloneOf(fit: RowsFit, names: readonly PriceName[], told: readonly PriceName[]): DecidedAlone[] {
  if (fit.spare <= 0) return [];
  return told
    .map((price) => ({ price, rows: deciding(fit, names.indexOf(price)) }))
    .filter(({ rows }) => rows.length > 0);
}

interface ToldFit {
  readonly fit: RowsFit;
  /** What was fitted: what is told, and stand-ins for what is not. */
  readonly names: readonly PriceName[];
  readonly told: readonly PriceName[];
}

/** Fits what the rows can tell apart, by their times first, and then as the fit itself weighs them. */
function fitTold(runs: readonly TimedRun[], unknown: readonly PriceName[], known: Prices): ToldFit {
  const of = (names: readonly PriceName[], places: readonly number[]): PriceName[] =>
    places.flatMap((at) => names.slice(at, at + 1));
  const first = independence(unknown.map((name) => columnOf(name, runs)));
  let names = of(unknown, first.kept);
  let told = of(unknown, first.told);
  for (;;) {
    const fit = fitRows(runs, names, known);
    const again = independence(weighedColumns(fit));
    if (again.told.length === names.length) return { fit, names, told };
    const still = of(names, again.told);
    told = told.filter((name) => still.includes(name));
    names = of(names, again.kept);
    if (again.kept.length === fit.values.length) return { fit, names, told };
  }
}

/** Rows that the others leave no room for: each by itself, and then those far from most that hide each other. */
function outliers(group: RowGroup, first: RowsFit, names: readonly PriceName[], known: Prices): FitFinding[] {
  const alone = new Set(outlying(first));
  const found = [...alone];
  const rest = first.runs.filter((run) => !alone.has(run));
  const fit = alone.size === 0 ? first : fitRows(rest, names, known);
  const far = farRows(fit);
  if (far.size > 0) {
    const near = rest.filter((run) => !far.has(run));
    for (const run of beyond(fitRows(near, names, known), [...far], names, known)) found.push(run);
  }
  if (found.length === 0) return [];
  const many = found.length === 1 ? 'one row is' : `${found.length} rows are`;
  const message = `${many} further off than the others leave room for`;
  return [
    findingOf(
      'outlier',
      group,
      { rows: found },
      message,
      'look what was different there; it is in the fit all the same',
    ),
  ];
}
