import type { Benchmark, Competitor, OutsideCompetitor } from './benchmark.ts';

/** How to measure. */
export interface MeasureOptions {
  /** Samples of each side; the median is quoted. */
  readonly samples: number;
  /** How long one sample takes at least, in milliseconds. */
  readonly sampleMs: number;
  /** Milliseconds since some point in the past. */
  readonly now: () => number;
}

/** The middle of several samples, and how far they reach. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What a benchmark came to. Times are nanoseconds per operation. */
export interface Measurement {
  readonly package: string;
  readonly name: string;
  readonly time: Spread;
  readonly reference?: { readonly name: string; readonly time: Spread };
  /** How many times longer the reference takes, pair by pair of samples. */
  readonly ratio?: Spread;
  readonly mark?: { readonly name: string; readonly nanoseconds: number };
}

/** How long the work runs before it is measured, in samples. */
const WARM_UP_SAMPLES = 10;

/**
 * Measures a benchmark and its reference in turn, A B A B …, so that a machine whose speed drifts drifts for both.
 */
export function measure(packageName: string, benchmark: Benchmark, options: MeasureOptions): Measurement {
  const run = benchmark.setup();
  const sample = sampler(run, benchmark.operations, options);
  // After a program of its own was started, each page of ours is copied when it is next written, and the caches have its memory, not
  // ours: that is not our time.
  const ours = (): number => {
    if (benchmark.reference !== undefined && 'program' in benchmark.reference) warmUp(run, options);
    return sample();
  };
  const theirs = benchmark.reference && rival(benchmark.reference, benchmark.operations, options);
  const samples = Math.min(options.samples, benchmark.samples ?? options.samples);
  const pairs = Array.from({ length: samples }, () => [ours(), theirs?.() ?? 0] as const);
  const result = {
    package: packageName,
    name: benchmark.name,
    time: spreadOf(pairs.map(([our]) => our)),
    ...(benchmark.mark && { mark: benchmark.mark }),
  };
  if (benchmark.reference === undefined || theirs === undefined) return result;
  return {
    ...result,
    reference: { name: benchmark.reference.name, time: spreadOf(pairs.map(([, their]) => their)) },
    ratio: spreadOf(pairs.map(([our, their]) => their / our)),
  };
}

/** A round for the copies, then a sample's time for the caches. */
function warmUp(run: () => void, { sampleMs, now }: MeasureOptions): void {
  run();
  const began = now();
  do run();
  while (now() - began < sampleMs);
}

function rival(
  reference: Competitor | OutsideCompetitor,
  operations: number,
  options: MeasureOptions,
): (() => number) | undefined {
  return 'program' in reference ? reference.program() : sampler(reference.setup(), operations, options);
}

/** Calibrates and warms up; what it returns takes one sample, in nanoseconds per operation. */
function sampler(run: () => void, operations: number, { sampleMs, now }: MeasureOptions): () => number {
  const elapsed = (rounds: number): number => {
    const began = now();
    for (let round = 0; round < rounds; round++) run();
    return now() - began;
  };
  let rounds = 1;
  let last = 0;
  // The first calls run code that is not compiled yet: they warm up, and only the last tells something about speed.
  for (let warm = 0; warm < WARM_UP_SAMPLES * sampleMs; warm += last) last = elapsed(rounds);
  while (last < sampleMs) {
    rounds *= 2;
    last = elapsed(rounds);
  }
  return () => (elapsed(rounds) * 1e6) / (rounds * operations);
}

/** Median, least and most of a list that is not empty. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}
