import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type FitFinding,
  type FitFindingCode,
  fitPrices,
  linuxCounts,
  type PriceFit,
  type PriceName,
  type Prices,
  price,
  type RunCounts,
  type TimedRun,
} from './index.ts';

const truth: Prices = {
  perShutdown: 0.03,
  perRelocation: 0.01,
  perInstruction: 0,
  perUncachedAccess: 8e-9,
  perLine: 4e-9,
  perTableWalk: 50e-9,
  perChecksum: 0.02,
  perUncachedDigestByte: 60e-9,
  perStartup: 0.3,
};

const known: Prices = { perInstruction: 0 };

let made = 0;
const measured = (counts: RunCounts, off = 1, prices = truth): TimedRun => ({
  source: `row ${++made}`,
  counts,
  seconds: price(counts, prices) * off,
});

const checked = (megabytes: number): RunCounts => ({
  ...linuxCounts(megabytes, 'on', 'contiguous'),
  checksums: 1,
  uncachedDigestBytes: megabytes * 2 ** 20,
});

/** What the protocol says: three sizes, MMU off and on, one scattered, two with checks. */
const protocolCounts: readonly RunCounts[] = [
  ...[16, 64, 256].map((size) => linuxCounts(size, 'off')),
  ...[16, 64, 256].map((size) => linuxCounts(size, 'on', 'contiguous')),
  linuxCounts(64, 'on', 'scattered'),
  checked(16),
  checked(64),
];

const found = (fit: PriceFit, code: FitFindingCode): FitFinding[] =>
  fit.findings.filter((finding) => finding.code === code);

const secondsOf = (fit: PriceFit, name: PriceName): number | undefined => fit.prices[name]?.seconds;

describe('a fixed term for each phase', () => {
  test('is told from what is paid by page and by byte', () => {
    const runs = [...protocolCounts, { shutdowns: 1 }, { shutdowns: 1 }, { startups: 1 }].map((counts) =>
      measured(counts),
    );
    const fit = fitPrices(runs, { known });
    for (const name of ['perShutdown', 'perRelocation', 'perChecksum', 'perStartup'] as const)
      expect(secondsOf(fit, name), name).toBeCloseTo(truth[name] ?? 0, 9);
    expect(fit.findings.map(({ code, group }) => `${code} of ${group}`)).toEqual([
      'no-spare-rows of relocation',
      'no-spare-rows of startup',
    ]);
  });

  test('whatever the prices are, rows without noise give them back', () => {
    const nanoseconds = fc.integer({ min: 1, max: 1000 }).map((count) => count * 1e-9);
    const some = fc.record({
      perRelocation: fc.integer({ min: 1, max: 100 }).map((count) => count / 1000),
      perUncachedAccess: nanoseconds,
      perLine: nanoseconds,
      perTableWalk: nanoseconds,
    });
    fc.assert(
      fc.property(some, (prices) => {
        const all = { ...truth, ...prices };
        const fit = fitPrices(
          protocolCounts.map((counts) => measured(counts, 1, all)),
          { known },
        );
        for (const name of ['perRelocation', 'perUncachedAccess', 'perLine', 'perTableWalk'] as const)
          expect((secondsOf(fit, name) ?? 0) / all[name], name).toBeCloseTo(1, 5);
        for (const { error } of fit.errors) expect(error).toBeCloseTo(0, 9);
      }),
      { seed: 6 },
    );
  });

  test('rows that scatter are met in the middle, and each is told how far it is off', () => {
    const rows = [0.9, 1.1].map((off) => measured(linuxCounts(30, 'off'), off));
    const fit = fitPrices(rows, { known: { ...known, perRelocation: 0.01 } });
    expect(secondsOf(fit, 'perUncachedAccess')).toBeCloseTo(truth.perUncachedAccess ?? 0, 15);
    expect(fit.errors.map(({ error }) => error)).toEqual([
      expect.closeTo(1 / 0.9 - 1, 9),
      expect.closeTo(1 / 1.1 - 1, 9),
    ]);
  });
});

describe('collinear rows are said, and their prices not given', () => {
  test('MMU on, always scattered alike: lines and walks', () => {
    const fit = fitPrices(
      [16, 64, 256].map((size) => measured(linuxCounts(size, 'on'))),
      { known },
    );
    const [finding] = found(fit, 'collinear');
    expect(finding).toMatchObject({ prices: ['perLine', 'perTableWalk'], count: 3 });
    expect(finding?.message).toBe('nothing in 3 rows tells the prices of a cache line and a table walk apart');
    expect(finding?.hint).toMatch(/once with scattered ones/);
    expect(finding?.rows).toHaveLength(3);
    expect(fit.prices.perLine).toBeUndefined();
    expect(secondsOf(fit, 'perRelocation')).toBeCloseTo(0.01, 9);
  });

  test('one size: the fixed term and all that is paid by page', () => {
    const fit = fitPrices([measured(linuxCounts(64, 'off')), measured(linuxCounts(64, 'off'))], { known });
    expect(found(fit, 'collinear')[0]).toMatchObject({ prices: ['perRelocation', 'perUncachedAccess'] });
    expect(found(fit, 'collinear')[0]?.hint).toMatch(/measure three sizes/);
    expect(Object.keys(fit.prices)).toEqual(['perInstruction']);
  });

  test('one row for several prices', () => {
    const fit = fitPrices([measured(linuxCounts(64, 'on'))], { known });
    expect(found(fit, 'collinear')[0]).toMatchObject({
      prices: ['perRelocation', 'perLine', 'perTableWalk'],
      message: expect.stringMatching(/^nothing in the only row tells/),
    });
  });

  test('what other rows tell is given all the same', () => {
    const rows = [...[16, 64].map((size) => linuxCounts(size, 'off')), linuxCounts(64, 'on')];
    const fit = fitPrices(
      rows.map((counts) => measured(counts)),
      { known },
    );
    expect(secondsOf(fit, 'perUncachedAccess')).toBeCloseTo(truth.perUncachedAccess ?? 0, 15);
    expect(found(fit, 'collinear')[0]?.prices).toEqual(['perLine', 'perTableWalk']);
  });

  test('sizes that hardly differ give a price with an interval that says so', () => {
    const rows = [60, 61, 62, 63].map((size, at) => measured(linuxCounts(size, 'off'), at % 2 ? 1.05 : 0.95));
    const fit = fitPrices(rows, { known });
    expect([...found(fit, 'wide'), ...found(fit, 'zero-price')].map(({ prices }) => prices)).toContainEqual([
      'perRelocation',
    ]);
  });
});

describe('contradictory rows are said', () => {
  test('more work in less time, with both rows', () => {
    const fit = fitPrices(
      [
        measured(linuxCounts(16, 'off')),
        { source: 'a.log', counts: linuxCounts(25, 'off'), seconds: 0.44 },
        { source: 'b.log', counts: linuxCounts(37, 'off'), seconds: 0.35 },
      ],
      { known },
    );
    const [finding, ...others] = found(fit, 'contradictory');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rows: ['a.log', 'b.log'], count: 2 });
    expect(finding?.message).toBe('b.log took 0.35 s for 1.48 times the work that took 0.44 s in a.log');
  });

  test('the same work twice, a fifth apart', () => {
    const fit = fitPrices([0.9, 1.1].map((off) => measured(linuxCounts(30, 'on'), off)));
    expect(found(fit, 'contradictory')[0]?.message).toMatch(/for the same work/);
  });

  test('rows that scatter by a few percent are no contradiction', () => {
    const fit = fitPrices([0.98, 1.02].flatMap((off) => protocolCounts.map((counts) => measured(counts, off))));
    expect(found(fit, 'contradictory')).toEqual([]);
  });
});

describe('a given price that rows contradict is said', () => {
  test('beside others: the work alone would take longer', () => {
    const rows = [16, 64, 256].map((size) => measured(linuxCounts(size, 'off')));
    const [finding, ...others] = found(fitPrices(rows, { known: { perInstruction: 1e-6 } }), 'contradictory');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ prices: ['perInstruction'], count: 3 });
    expect(finding?.message).toMatch(/took [\d.]+ s, and the given price of an instruction alone makes [\d.]+ s$/);
  });

  test.each([3, 0.03])('all are given, and the rows took 0.3 s: %d s', (perStartup) => {
    const fit = fitPrices([measured({ startups: 1 }), measured({ startups: 1 }, 1.01)], { known: { perStartup } });
    expect(found(fit, 'contradictory')[0]).toMatchObject({ prices: ['perStartup'], count: 2 });
    expect(fit.scatter.startup?.relative).toBeGreaterThan(0.5);
  });

  test('one that they agree with is not', () => {
    const fit = fitPrices([measured({ startups: 1 }, 0.98), measured({ startups: 1 }, 1.02)], { known: truth });
    expect(fit.findings).toEqual([]);
    expect(fit.scatter.startup?.relative).toBeCloseTo(0.02, 5);
  });
});

describe('a price that no other row is held against is said to be so', () => {
  test('the only scattered row, and the only two with checks', () => {
    const [finding] = found(
      fitPrices(
        protocolCounts.map((counts) => measured(counts)),
        { known },
      ),
      'no-spare-rows',
    );
    expect(finding).toMatchObject({ prices: ['perTableWalk', 'perChecksum', 'perUncachedDigestByte'], count: 3 });
    expect(finding?.message).toMatch(/rest on 3 rows that no others are held against/);
    expect(finding?.hint).toBe('measure the same again');
  });

  test('not where each was measured twice', () => {
    const rows = [0.99, 1.01].flatMap((off) => protocolCounts.map((counts) => measured(counts, off)));
    expect(found(fitPrices(rows, { known }), 'no-spare-rows')).toEqual([]);
  });
});

test('sizes that hardly differ tell prices apart all the same, with intervals that say how well', () => {
  const rows = [64, 64.25, 64.5, 64.75].map((size, at) => measured(linuxCounts(size, 'off'), 1 + (at % 2) / 100));
  const fit = fitPrices(rows, { known });
  expect(found(fit, 'collinear')).toEqual([]);
  expect(found(fit, 'wide').length + found(fit, 'zero-price').length).toBeGreaterThan(0);
});

test.each([
  [0.35, false],
  [0.7, true],
])('an interval is wide when it is wider than twice its price: rows %d apart, %j', (apart, isWide) => {
  const fit = fitPrices([1 - apart, 1, 1 + apart].map((off) => measured({ startups: 1 }, off)));
  const { low = 0, high = 0, seconds = 1 } = fit.prices.perStartup ?? { seconds: 1 };
  expect((high - low) / seconds > 2).toBe(isWide);
  expect((high - low) / seconds).toBeLessThan(4);
  expect(found(fit, 'wide')).toHaveLength(isWide ? 1 : 0);
});

describe('zero prices are said', () => {
  test('a price that the rows would have negative is 0, with the rows and a bound', () => {
    const rows = [16, 64, 128, 256].map((size, at) => measured(linuxCounts(size, 'off'), 0.5 + at / 6));
    const fit = fitPrices(rows, { known, confidence: 0.9 });
    const [finding] = found(fit, 'zero-price');
    expect(finding).toMatchObject({ prices: ['perRelocation'], count: 4 });
    expect(finding?.message).toMatch(/cost less than nothing: its price is 0, at most \S+ s/);
    expect(fit.prices.perRelocation).toMatchObject({ seconds: 0, low: 0 });
  });

  test('no price is ever negative', () => {
    const seconds = fc.double({ min: 0.01, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 9, maxLength: 9 }), (times) => {
        const rows = protocolCounts.map((counts, at) => ({ source: `${at}`, counts, seconds: times[at] ?? 1 }));
        for (const { seconds: fitted, low = 0, high = fitted } of Object.values(fitPrices(rows, { known }).prices)) {
          expect(fitted).toBeGreaterThanOrEqual(0);
          expect(low).toBeLessThanOrEqual(fitted);
          expect(high).toBeGreaterThanOrEqual(fitted);
        }
      }),
      { seed: 6 },
    );
  });
});

describe('outliers are said, and stay in the fit', () => {
  const rows = (many: number): TimedRun[] =>
    Array.from({ length: many }, (_, at) =>
      measured(protocolCounts[at % protocolCounts.length] ?? {}, 1 + ((at * 7) % 11) / 1000),
    );

  test.each([12, 30, 100])('one of %i', (many) => {
    const all = rows(many);
    const slow = all.map((run, at) => (at === 4 ? { ...run, source: 'slow.log', seconds: run.seconds * 3 } : run));
    const [finding, ...others] = found(fitPrices(slow, { known }), 'outlier');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rows: ['slow.log'], count: 1 });
    expect(found(fitPrices(all, { known }), 'outlier')).toEqual([]);
  });

  test('two that hide each other', () => {
    const all = rows(36).map((run, at) =>
      at % 18 === 4 ? { ...run, source: `slow ${at}`, seconds: run.seconds * 4 } : run,
    );
    expect(found(fitPrices(all, { known }), 'outlier')[0]?.rows).toEqual(expect.arrayContaining(['slow 4', 'slow 22']));
  });
});

describe('outliers that are many hide each other, and are said', () => {
  test.each([
    [5, 2],
    [7, 3],
    [20, 5],
    [40, 18],
    [100, 3],
  ])('of %i starts %i took ten times as long', (many, slow) => {
    const rows = Array.from({ length: many }, (_, at) =>
      measured({ startups: 1 }, (1 + ((at * 7) % 11) / 500) * (at < slow ? 10 : 1)),
    );
    expect(found(fitPrices(rows), 'outlier')[0]).toMatchObject({ count: slow });
  });

  test('of relocations, by size', () => {
    const rows = Array.from({ length: 24 }, (_, at) =>
      measured(linuxCounts([16, 64, 256][at % 3] ?? 16, 'off'), (1 + ((at * 7) % 11) / 500) * (at % 4 === 1 ? 3 : 1)),
    );
    expect(found(fitPrices(rows, { known }), 'outlier')[0]).toMatchObject({ count: 6 });
  });
});

test('whatever rows there are, every figure is a number, and a price within its interval', () => {
  const size = fc.double({ min: -2, max: 18, noNaN: true }).map((power) => 10 ** power);
  const counts = fc.record(
    {
      relocations: fc.constantFrom(1, 3),
      instructions: size,
      uncachedAccesses: size,
      lineFills: size,
      tableWalks: size,
    },
    { requiredKeys: ['relocations', 'instructions'] },
  );
  const row = fc.record({
    source: fc.constant('row'),
    counts,
    seconds: fc.double({ min: -8.9, max: 4.9, noNaN: true }).map((power) => 10 ** power),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
      const fit = fitPrices(rows);
      for (const { seconds, low = 0, high = seconds } of Object.values(fit.prices)) {
        expect([low, high].every(Number.isFinite)).toBe(true);
        expect(0 <= low && low <= seconds && seconds <= high).toBe(true);
      }
      for (const { relative } of Object.values(fit.scatter)) expect(relative).toBeGreaterThanOrEqual(0);
      for (const { error } of fit.errors) expect(error).toBeGreaterThanOrEqual(-1);
    }),
    { seed: 16, numRuns: 1000 },
  );
});

test('an interval is wider by what clocks were rounded by', () => {
  const widthOf = (plusMinus: number): number => {
    const { low = 0, high = 0 } = fitPrices(
      [1, 1.01, 1.02].map((off) => ({ ...measured({ startups: 1 }, off), plusMinus })),
    ).prices.perStartup ?? { low: 0, high: 0 };
    return high - low;
  };
  expect(widthOf(0.005) - widthOf(0)).toBeCloseTo(0.01, 3);
});

test('of many rows the few that decide about a price decide how well it is known', () => {
  const rows = [linuxCounts(256, 'off'), ...Array.from({ length: 29 }, () => linuxCounts(1, 'off'))].map((counts, at) =>
    measured(counts, 1 + ((at * 7) % 11) / 200),
  );
  const { low = 0, high = 0, seconds = 1 } = fitPrices(rows, { known }).prices.perUncachedAccess ?? { seconds: 1 };
  expect((high - low) / seconds).toBeGreaterThan(0.15);
});

test('times that are only bounds are said', () => {
  const rows = [16, 64, 256].map((size) => ({ ...measured(linuxCounts(size, 'off')), bound: 'at-most' }) as const);
  expect(found(fitPrices(rows, { known }), 'one-sided')[0]?.message).toBe(
    '3 of 3 times of relocation are no more than that',
  );
});

test('a hundred thousand rows are fitted, and a finding names ten of them', () => {
  const rows = Array.from({ length: 100_000 }, (_, at) =>
    measured(protocolCounts[at % protocolCounts.length] ?? {}, 1 + ((at * 7919) % 101) / 5000),
  );
  const fit = fitPrices(
    rows.map((run) => ({ ...run, bound: 'at-most' }) as const),
    { known },
  );
  expect(fit.errors).toHaveLength(100_000);
  expect(found(fit, 'one-sided')[0]).toMatchObject({ count: 100_000, rows: { length: 10 } });
  expect(secondsOf(fit, 'perLine')).toBeCloseTo((truth.perLine ?? 0) * 1.01, 10);
});
