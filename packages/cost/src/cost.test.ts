import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CostFitError,
  type EventCounts,
  type EventPrices,
  fitErrors,
  fitProfile,
  fittedMachines,
  linuxCounts,
  measurements,
  type PublishedMeasurement,
  price,
  publishedStingray,
  stingray,
  type TimedRun,
  thunderX2,
} from './index.ts';

const nothing: EventCounts = {
  instructions: 0,
  uncachedAccesses: 0,
  lineFills: 0,
  lineCleans: 0,
  tableWalks: 0,
};

describe('published machines', () => {
  test.each(fittedMachines.map((machine) => [machine.profile.name, machine] as const))(
    '%s: the fitted rows come out exactly',
    (_, { profile, published }) => {
      for (const { fitted, error } of fitErrors(profile, published)) if (fitted) expect(error).toBeCloseTo(0, 9);
    },
  );

  test('the rows that the Stingray was not fitted to are off by what is told', () => {
    const others = fitErrors(stingray, publishedStingray).filter(({ fitted }) => !fitted);
    expect(others.map(({ error }) => Math.round(error * 100))).toEqual([-46, -38, 17]);
  });

  test('the ThunderX2 takes nine to ten times as long for an uncached access, and no longer for a line', () => {
    expect(thunderX2.perUncachedAccess / stingray.perUncachedAccess).toBeGreaterThan(9);
    expect(thunderX2.perUncachedAccess / stingray.perUncachedAccess).toBeLessThan(10);
    expect(thunderX2.perLine).toBeLessThan(stingray.perLine);
  });

  test('the profile says how long the phases take that it was published with', () => {
    expect(stingray.shutdown + stingray.startup).toBeCloseTo(0.32, 9);
    expect(stingray.perDigestByteUncached * 37 * 2 ** 20).toBeCloseTo(2.31, 9);
  });

  test('each measurement stands once, with a time for a phase at least', () => {
    const rows: readonly PublishedMeasurement[] = Object.values(measurements);
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(rows.length);
    for (const { seconds } of rows) {
      const times = Object.values(seconds);
      expect(times.length).toBeGreaterThan(0);
      for (const time of times) expect(time).toBeGreaterThan(0);
    }
    const published = fittedMachines.flatMap((machine) => machine.published.map(({ measurement }) => measurement));
    expect(published).toHaveLength(9);
    expect(new Set(published).size).toBe(published.length);
  });

  test('a price is the sum of its parts', () => {
    const one = { ...nothing, uncachedAccesses: 1e6 };
    expect(price(one, stingray)).toBeCloseTo(1e6 * stingray.perUncachedAccess, 9);
    expect(price(nothing, stingray)).toBe(0);
  });
});

const measured = (prices: EventPrices, counts: EventCounts, off = 1): TimedRun => ({
  source: 'console.log',
  counts,
  seconds: price(counts, prices) * off,
});

/** The code and message of what fitting throws. */
function refusal(...arguments_: Parameters<typeof fitProfile>): string {
  try {
    fitProfile(...arguments_);
  } catch (error) {
    if (error instanceof CostFitError) return `${error.code} ${error.message}; ${error.hint}`;
    throw error;
  }
  return 'none';
}

describe("a user's own measurements", () => {
  const nanoseconds = fc.integer({ min: 1, max: 1000 }).map((count) => count * 1e-9);
  const anyPrices = fc.record({
    perInstruction: nanoseconds,
    perUncachedAccess: nanoseconds,
    perLine: nanoseconds,
    perTableWalk: nanoseconds,
  });

  test('give back the prices that they were made with', () => {
    const runs = [
      { ...linuxCounts(25, 'on'), tableWalks: 100 },
      { ...linuxCounts(25, 'on'), tableWalks: 900_000 },
      linuxCounts(37, 'off'),
      { ...nothing, instructions: 1e9, lineFills: 100 },
    ];
    fc.assert(
      fc.property(anyPrices, (prices) => {
        const { prices: fitted, errors } = fitProfile(runs.map((run) => measured(prices, run)));
        for (const [name, value] of Object.entries(fitted)) {
          const wanted = new Map(Object.entries(prices)).get(name) ?? 0;
          expect(value / wanted).toBeCloseTo(1, 6);
        }
        for (const { error } of errors) expect(error).toBeCloseTo(0, 9);
      }),
      { seed: 6 },
    );
  });

  test('that scatter are met with the least relative error, which is told row by row', () => {
    const rows = [0.9, 1.1].map((off) => measured(stingray, linuxCounts(30, 'off'), off));
    const on = measured(stingray, linuxCounts(30, 'on'));
    const { prices, errors } = fitProfile([...rows, on], { perInstruction: 0, perTableWalk: 0 });
    // The least of (x/0.9 − 1)² + (x/1.1 − 1)²: between the two, nearer to the smaller one.
    const wanted = (1 / 0.9 + 1 / 1.1) / (1 / 0.81 + 1 / 1.21);
    expect(errors.map(({ error }) => error)).toEqual([
      expect.closeTo(wanted / 0.9 - 1, 9),
      expect.closeTo(wanted / 1.1 - 1, 9),
      expect.closeTo(0, 9),
    ]);
    expect(prices.perInstruction).toBe(0);
  });

  test('never give a negative price, and no better fit without one is left aside', () => {
    const seconds = fc.double({ min: 0.01, max: 10, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, seconds, anyPrices, (a, b, c, other) => {
        const runs = [linuxCounts(10, 'off'), linuxCounts(80, 'on'), linuxCounts(300, 'on')];
        const rows = [a, b, c].map((time, index) => ({
          source: `${index}`,
          counts: { ...(runs[index] ?? nothing), tableWalks: 1000 * index ** 2 },
          seconds: time,
        }));
        const known = { perUncachedAccess: 20e-9, perTableWalk: 0 };
        const { prices, errors } = fitProfile(rows, known);
        for (const value of Object.values(prices)) expect(value).toBeGreaterThanOrEqual(0);
        const squares = errors.reduce((sum, { error }) => sum + error ** 2, 0);
        const others = rows.reduce(
          (sum, row) => sum + (price(row.counts, { ...other, ...known }) / row.seconds - 1) ** 2,
          0,
        );
        expect(squares).toBeLessThanOrEqual(others + 1e-9);
      }),
      { seed: 6 },
    );
  });

  test('that are too few or too much alike are refused, with what to measure', () => {
    const off = measured(stingray, linuxCounts(37, 'off'));
    const on = measured(stingray, linuxCounts(25, 'on'));
    const known = { perInstruction: 0.25e-9, perTableWalk: 1e-7 };
    expect(refusal([off], known)).toBe(
      'EDOM 1 measurements cannot tell 2 prices; add measurements, or give perUncachedAccess or perLine',
    );
    expect(refusal([off, off], known)).toBe(
      'EDOM no measurement counted a cache line; measure a relocation with the MMU on, or give perLine',
    );
    const again = measured(stingray, linuxCounts(50, 'on'));
    expect(refusal([off, on, again], { perInstruction: 0.25e-9 })).toMatch(/^EDOM all .* proportion of a table walk/);
    expect(refusal([off, { ...on, seconds: 0 }], known)).toMatch(/^EINVAL console.log took 0 seconds/);
    expect(refusal([off, { ...on, counts: nothing }], known)).toMatch(/^EINVAL console.log counted 0, 0, 0, 0/);
    expect(refusal([off, on], known)).toBe('none');
  });
});
