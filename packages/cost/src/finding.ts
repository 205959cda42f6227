import type { PriceName } from './price-name.ts';
import { countOf, ofAll, type Prices, priceNames, pricesUsed, priceTable, type RowGroup } from './prices.ts';
import { type Interval, knownSeconds } from './rows-fit.ts';
import type { TimedRun } from './timed-run.ts';

/**
 * What is wrong with rows or with what was fitted to them: `collinear` the rows count some events always in the same proportion, so that
 * nothing tells their prices apart: they are not given · `contradictory` more work took less time, or rows leave no room for a given
 * price · `zero-price` the rows would have it negative: it is 0 · `outlier` a row that the others leave no room for; it is in the fit
 * all the same · `no-spare-rows` as many rows as prices, or a price that no other row is held against: nothing tells how far off
 * they are · `wide` the interval of a price is wider than twice the price · `one-sided` times that are only bounds.
 */
export type FitFindingCode =
  | 'collinear'
  | 'contradictory'
  | 'zero-price'
  | 'outlier'
  | 'no-spare-rows'
  | 'wide'
  | 'one-sided';

/** Something that has to be known of a fit. */
export interface FitFinding {
  readonly code: FitFindingCode;
  readonly group: RowGroup;
  readonly prices: readonly PriceName[];
  /** Sources of the rows that it is about: the first ten. */
  readonly rows: readonly string[];
  /** How many rows it is about. */
  readonly count: number;
  readonly message: string;
  readonly hint: string;
}

const NAMED = 10;
/** Characters of a source that are told: its end says most. */
const SOURCE_MAX = 200;

const cut = (source: string): string => (source.length > SOURCE_MAX ? `…${source.slice(1 - SOURCE_MAX)}` : source);

/** A finding about these rows. */
export function findingOf(
  code: FitFindingCode,
  group: RowGroup,
  about: { readonly prices?: readonly PriceName[]; readonly rows: readonly TimedRun[] },
  message: string,
  hint: string,
): FitFinding {
  const { prices = [], rows } = about;
  return {
    code,
    group,
    prices,
    rows: rows.slice(0, NAMED).map(({ source }) => cut(source)),
    count: rows.length,
    message,
    hint,
  };
}

/** Times of which nobody knows more than that they are no longer, or no shorter. */
export function oneSided(group: RowGroup, runs: readonly TimedRun[]): FitFinding[] {
  return (['at-least', 'at-most', 'about'] as const).flatMap((bound) => {
    const rows = runs.filter((run) => run.bound === bound);
    if (rows.length === 0) return [];
    const words = { 'at-least': 'no less than', 'at-most': 'no more than', about: 'about' }[bound];
    return [
      findingOf(
        'one-sided',
        group,
        { rows },
        `${rows.length} of ${runs.length} times of ${group} are ${words} that`,
        'what is fitted to them is so, too',
      ),
    ];
  });
}

/** By how much more work may take less time before it is told: a tenth. */
const TOLERATED = 1.1;

/** Rows that count the same things in the same proportion: more took less time. Of each proportion the worst pair, and no more than ten. */
export function contradictory(group: RowGroup, runs: readonly TimedRun[]): FitFinding[] {
  const alike = new Map<string, { readonly run: TimedRun; readonly size: number }[]>();
  for (const run of runs) {
    const events = eventsOf(run);
    const size = events.reduce((sum, count) => sum + count, 0);
    if (size === 0) continue;
    const key = events.map((count) => (count / size).toPrecision(6)).join();
    const known = alike.get(key);
    if (known === undefined) alike.set(key, [{ run, size }]);
    else known.push({ run, size });
  }
  return [...alike.values()].flatMap((rows) => worstPair(group, rows)).slice(0, NAMED);
}

/** What a run counts but for the fixed terms. */
const eventsOf = ({ counts }: TimedRun): number[] =>
  priceNames
    .filter((name) => !/^per(Relocation|Checksum|Shutdown|Startup)$/.test(name))
    .map((name) => countOf(name, counts));

function worstPair(group: RowGroup, rows: readonly { readonly run: TimedRun; readonly size: number }[]): FitFinding[] {
  const bySize = rows.toSorted((a, b) => a.size - b.size || b.run.seconds - a.run.seconds);
  let longest = bySize[0];
  let worst = { ratio: TOLERATED, less: longest, more: longest };
  for (const row of bySize) {
    if (longest === undefined || row.run.seconds > longest.run.seconds) longest = row;
    const ratio = longest.run.seconds / row.run.seconds;
    if (ratio > worst.ratio) worst = { ratio, less: longest, more: row };
  }
  const { less, more } = worst;
  if (less === undefined || more === undefined || less === more) return [];
  const same =
    more.size <= less.size * (1 + 1e-6)
      ? 'for the same work'
      : `for ${(more.size / less.size).toFixed(2)} times the work`;
  return [
    findingOf(
      'contradictory',
      group,
      { prices: pricesUsed(more.run.counts), rows: [less.run, more.run] },
      `${cut(more.run.source)} took ${more.run.seconds} s ${same} that took ${less.run.seconds} s in ${cut(less.run.source)}`,
      'measure both again, or leave one out',
    ),
  ];
}

/** Prices that are always counted in the same proportion, and what to measure. */
export function collinear(group: RowGroup, prices: readonly PriceName[], runs: readonly TimedRun[]): FitFinding[] {
  if (prices.length === 0) return [];
  const rows = runs.filter(({ counts }) => prices.some((name) => countOf(name, counts) > 0));
  const what =
    prices.length === 1
      ? `${rows.length === 1 ? 'one row does' : `${rows.length} rows do`} not tell the price of ${ofAll(prices)}`
      : `nothing in ${rows.length === 1 ? 'the only row' : `${rows.length} rows`} tells the prices of ${ofAll(prices)} apart`;
  const hints = new Set(prices.map((name) => priceTable[name].measure));
  return [findingOf('collinear', group, { prices, rows }, what, [...hints].join('; '))];
}

/** As many rows as prices. */
export function spareFinding(
  group: RowGroup,
  rows: readonly TimedRun[],
  prices: readonly PriceName[],
  spare: number,
): FitFinding[] {
  if (spare > 0 || prices.length === 0) return [];
  const many = rows.length === 1 ? 'one row' : `${rows.length} rows`;
  return [
    findingOf(
      'no-spare-rows',
      group,
      { prices, rows },
      `${many} for the ${prices.length === 1 ? 'price' : 'prices'} of ${ofAll(prices)}: nothing tells how far off ${prices.length === 1 ? 'it is' : 'they are'}`,
      'measure again: each row more makes the intervals narrower',
    ),
  ];
}

/** A price that stands on rows which the others say nothing of. */
export interface DecidedAlone {
  readonly price: PriceName;
  readonly rows: readonly TimedRun[];
}

/** That these prices do, and what their intervals take for granted. */
export function decidedAlone(group: RowGroup, alone: readonly DecidedAlone[]): FitFinding[] {
  if (alone.length === 0) return [];
  const prices = alone.map(({ price }) => price);
  const rows = [...new Set(alone.flatMap((each) => each.rows))];
  const many = rows.length === 1 ? 'one row that no other is' : `${rows.length} rows that no others are`;
  const [what, rest, takes] =
    prices.length === 1 ? ['price', 'rests', 'its interval takes'] : ['prices', 'rest', 'their intervals take'];
  return [
    findingOf(
      'no-spare-rows',
      group,
      { prices, rows },
      `the ${what} of ${ofAll(prices)} ${rest} on ${many} held against: ${takes} for granted that such rows scatter as the others do`,
      'measure the same again',
    ),
  ];
}

/** Rows that the given prices alone do not leave room for. */
export function givenContradicted(group: RowGroup, runs: readonly TimedRun[], known: Prices): FitFinding[] {
  const rows = runs.filter((run) => {
    const ratio = knownSeconds(run, known) / run.seconds;
    const isAll = pricesUsed(run.counts).every((name) => known[name] !== undefined);
    return ratio > TOLERATED || (isAll && ratio < 1 / TOLERATED);
  });
  const [first] = rows;
  if (first === undefined) return [];
  const prices = pricesUsed(first.counts).filter((name) => known[name] !== undefined);
  const most = rows.reduce((worst, run) => (offOf(run, known) > offOf(worst, known) ? run : worst), first);
  const seconds = Number(knownSeconds(most, known).toPrecision(4));
  return [
    findingOf(
      'contradictory',
      group,
      { prices, rows },
      `${cut(most.source)} took ${most.seconds} s, and the given price of ${ofAll(prices)} alone makes ${seconds} s`,
      'look whether what was counted is right, or give another price',
    ),
  ];
}

/** How far off the given prices are, whichever way. */
const offOf = (run: TimedRun, known: Prices): number => Math.abs(Math.log(knownSeconds(run, known) / run.seconds));

/** What has to be known of one fitted price. */
export function priceFindings(
  group: RowGroup,
  runs: readonly TimedRun[],
  { name, seconds, low, high, isZero }: Interval & { readonly name: PriceName },
): FitFinding[] {
  const rows = runs.filter(({ counts }) => countOf(name, counts) > 0);
  const about = { prices: [name], rows };
  if (isZero)
    return [
      findingOf(
        'zero-price',
        group,
        about,
        `the rows would have ${ofAll([name])} cost less than nothing: its price is 0${high === undefined ? '' : `, at most ${high.toPrecision(3)} s`}`,
        'look for a row that is off, or measure sizes that differ more',
      ),
    ];
  if (low === undefined || high === undefined || high - low <= 2 * seconds) return [];
  return [
    findingOf(
      'wide',
      group,
      about,
      `the price of ${ofAll([name])} lies anywhere from ${low.toPrecision(3)} to ${high.toPrecision(3)} s`,
      'measure more rows, or such as differ more',
    ),
  ];
}
