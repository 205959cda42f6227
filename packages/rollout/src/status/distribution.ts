/** A number of values between two bounds, `least` included, `below` not. */
export interface HistogramBin {
  readonly least: number;
  readonly below: number;
  readonly count: number;
}

/**
 * How values are spread. A percentile is one of the values themselves, the nearest rank: nothing is interpolated. It is undefined where there
 * are too few values to tell it from the largest: 2 for the median, 10 for p90, 100 for p99.
 */
export interface Distribution {
  readonly n: number;
  readonly least: number | undefined;
  readonly p50: number | undefined;
  readonly p90: number | undefined;
  readonly p99: number | undefined;
  readonly most: number | undefined;
  /** Bins of one width, from the least value to the largest, empty ones among them; none where there is no value. */
  readonly bins: readonly HistogramBin[];
}

const BINS_MAX = 40;

/**
 * The distribution of values.
 *
 * @param values finite; others are left out, and not counted.
 */
export function distributionOf(values: Iterable<number>): Distribution {
  const sorted = Float64Array.from([...values].filter(Number.isFinite)).sort();
  const n = sorted.length;
  const rank = (percent: number): number | undefined =>
    n * (100 - percent) >= 100 ? sorted[Math.ceil((n * percent) / 100) - 1] : undefined;
  return {
    n,
    least: sorted[0],
    p50: rank(50),
    p90: rank(90),
    p99: rank(99),
    most: sorted[n - 1],
    bins: binsOf(sorted),
  };
}

function binsOf(sorted: Float64Array): HistogramBin[] {
  const least = sorted[0];
  const most = sorted.at(-1);
  if (least === undefined || most === undefined) return [];
  const width = binWidth(most - least);
  const first = Math.floor(least / width);
  const counts = new Array<number>(Math.floor(most / width) - first + 1).fill(0);
  for (const value of sorted) {
    const bin = Math.floor(value / width) - first;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, at) => ({ least: (first + at) * width, below: (first + at + 1) * width, count }));
}

/** 1, 2 or 5 times a power of ten, such that a range has few bins. */
function binWidth(range: number): number {
  const wanted = range / (BINS_MAX - 1);
  const power = 10 ** Math.floor(Math.log10(Math.max(wanted, 1)));
  const width = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= wanted);
  return width ?? 10 * power;
}
