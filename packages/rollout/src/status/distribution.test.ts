import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distributionOf } from './distribution.ts';

describe('a distribution', () => {
  test('of nothing has nothing', () => {
    expect(distributionOf([])).toEqual({
      n: 0,
      least: undefined,
      p50: undefined,
      p90: undefined,
      p99: undefined,
      most: undefined,
      bins: [],
    });
    expect(distributionOf([Number.NaN, Number.POSITIVE_INFINITY]).n).toBe(0);
  });

  test('tells a percentile where there are values enough, and it is one of them', () => {
    const upTo = (n: number) => distributionOf(Array.from({ length: n }, (_, at) => n - at));
    expect(upTo(1)).toMatchObject({ n: 1, least: 1, p50: undefined, most: 1 });
    expect(upTo(2)).toMatchObject({ p50: 1, p90: undefined, most: 2 });
    expect(upTo(9)).toMatchObject({ p50: 5, p90: undefined });
    expect(upTo(10)).toMatchObject({ p50: 5, p90: 9, p99: undefined });
    expect(upTo(99)).toMatchObject({ p90: 90, p99: undefined });
    expect(upTo(100)).toMatchObject({ p50: 50, p90: 90, p99: 99, most: 100 });
  });

  test('has bins of one width, which are round', () => {
    expect(distributionOf([30_000, 30_400, 31_000]).bins.filter(({ count }) => count > 0)).toEqual([
      { least: 30_000, below: 30_050, count: 1 },
      { least: 30_400, below: 30_450, count: 1 },
      { least: 31_000, below: 31_050, count: 1 },
    ]);
    expect(distributionOf([7, 7]).bins).toEqual([{ least: 7, below: 8, count: 2 }]);
  });

  test('counts every value once, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(1000), fc.nat(10_000_000), fc.double({ min: 0, max: 1e9, noNaN: true })), {
          minLength: 1,
        }),
        (values) => {
          const { n, least, p50, most, bins } = distributionOf(values);
          expect(n).toBe(values.length);
          expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(n);
          expect(bins.length).toBeLessThanOrEqual(41);
          expect([least, most]).toEqual([Math.min(...values), Math.max(...values)]);
          for (const bin of bins.slice(0, 3))
            expect(values.filter((value) => value >= bin.least && value < bin.below)).toHaveLength(bin.count);
          if (p50 === undefined) return;
          expect(values).toContain(p50);
          expect(values.filter((value) => value <= p50).length).toBeGreaterThanOrEqual(n / 2);
          expect(values.filter((value) => value < p50).length).toBeLessThan(n / 2);
        },
      ),
      { seed: 8 },
    );
  });
});
