import { describe, expect, test } from 'vitest';
import {
  estimate,
  fitPrices,
  linuxCounts,
  type PriceName,
  type Prices,
  price,
  priceNames,
  profileOf,
  protocol,
  type RunCounts,
} from './index.ts';
import { tQuantile } from './t-quantile.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const normal = (next: () => number): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
const exponential = (next: () => number): number => -Math.log(1 - next());

/** What is measured where this is true: each kind is right in the mean. */
const noises: Readonly<Record<string, (time: number, next: () => number) => number>> = {
  'normal, 3 %': (time, next) => time * (1 + 0.03 * normal(next)),
  'normal, 10 %': (time, next) => time * (1 + 0.1 * normal(next)),
  uniform: (time, next) => time * (0.9 + 0.2 * next()),
  'the same milliseconds for all': (time, next) => Math.max(1e-4, time + 0.004 * normal(next)),
  'two-sided exponential': (time, next) => time * (1 + (next() < 0.5 ? -0.05 : 0.05) * exponential(next)),
  'log-normal': (time, next) => time * Math.exp(0.2 * normal(next) - 0.02),
  'delays only': (time, next) => time * (0.9 + 0.1 * exponential(next)),
  'rounded to milliseconds': (time, next) =>
    Math.max(0.001, Math.round(time * (1 + 0.03 * normal(next)) * 1000) / 1000),
};

const ROUNDED = 'rounded to milliseconds';

const truth: Prices = {
  perRelocation: 0.01,
  perInstruction: 0,
  perUncachedAccess: 8e-9,
  perLine: 4e-9,
  perTableWalk: 50e-9,
  perStartup: 0.3,
};

const size = (at: number): number => [16, 64, 256][at % 3] ?? 16;

/** What is measured: the more rows, the more often each. */
const designs: Readonly<Record<string, (at: number) => RunCounts>> = {
  'one price': () => ({ startups: 1 }),
  'a fixed term and one by page': (at) => linuxCounts(size(at), 'off'),
};

const ROUNDS = 300;
/** Three standard errors of a part of 0.9 that is counted so often. */
const SAMPLING = 3 * Math.sqrt((0.9 * 0.1) / ROUNDS);

/** How often the interval of each price holds the truth. */
function coverage(rows: number, design: (at: number) => RunCounts, kind: string, seed: number): Map<PriceName, number> {
  const next = random(seed);
  const noise = noises[kind] ?? ((time: number) => time);
  const held = new Map<PriceName, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const runs = Array.from({ length: rows }, (_, at) => ({
      source: `row ${at}`,
      counts: design(at),
      seconds: noise(price(design(at), truth), next),
      ...(kind === ROUNDED && { plusMinus: 0.0005 }),
    }));
    const { prices } = fitPrices(runs, { known: { perInstruction: 0 } });
    for (const name of ['perStartup', 'perRelocation', 'perUncachedAccess', 'perLine', 'perTableWalk'] as const) {
      const fitted = prices[name];
      if (fitted === undefined) continue;
      const { low = Number.NaN, high = Number.NaN } = fitted;
      const wanted = truth[name] ?? 0;
      held.set(name, (held.get(name) ?? 0) + (low <= wanted && wanted <= high ? 1 / ROUNDS : 0));
    }
  }
  return held;
}

describe.each(Object.entries(designs))('an interval said to hold 90 % of the time does: %s', (_, design) => {
  describe.each([3, 5, 10, 30])('%i rows', (rows) => {
    test.each(Object.keys(noises))('%s', (kind) => {
      const held = coverage(rows, design, kind, rows);
      expect(held.size).toBeGreaterThan(0);
      for (const [name, part] of held) expect(part, name).toBeGreaterThanOrEqual(0.9 - SAMPLING);
    });
  });
});

describe('an interval said to hold 90 % of the time does: the whole protocol', () => {
  const design = (at: number): RunCounts =>
    linuxCounts(size(Math.floor(at / 3)), at % 3 === 0 ? 'off' : 'on', at % 3 === 2 ? 'scattered' : 'contiguous');

  describe.each([7, 10, 30])('%i rows', (rows) => {
    test.each(Object.keys(noises))('%s', (kind) => {
      const held = coverage(rows, design, kind, rows + 1);
      expect(held.size).toBe(4);
      for (const [name, part] of held) expect(part, name).toBeGreaterThanOrEqual(0.9 - SAMPLING);
    });
  });
});

/** Runs of one kind that scatter twenty times as much as all others. */
const unsteady: Readonly<Record<string, (counts: RunCounts) => boolean>> = {
  'with the MMU on': ({ lineFills = 0 }) => lineFills > 0,
  'with the MMU off': ({ uncachedAccesses = 0 }) => uncachedAccesses > 0,
  'with scattered pages': ({ tableWalks = 0 }) => tableWalks > 8192,
  'with checks': ({ checksums = 0 }) => checksums > 0,
};

test.each(Object.entries(unsteady))('each step twice, an interval holds where only runs %s scatter', (_, scatters) => {
  const next = random(2);
  const known = { perInstruction: 0 };
  const all: Prices = { ...truth, perChecksum: 0.05, perUncachedDigestByte: 50e-9 };
  const steps = [...protocol, ...protocol].map(({ megabytes, mmu, pages, checks }) => ({
    ...linuxCounts(megabytes, mmu, pages),
    ...(checks === 'purgatory' && { checksums: 1, uncachedDigestBytes: megabytes * 2 ** 20 }),
  }));
  const held = new Map<PriceName, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const runs = steps.map((counts, at) => {
      const off = (scatters(counts) ? 0.2 : 0.01) * normal(next);
      return { source: `row ${at}`, counts, seconds: price(counts, all) * Math.max(0.05, 1 + off) };
    });
    const { prices } = fitPrices(runs, { known });
    for (const name of priceNames) {
      const { basis, low = Number.NaN, high = Number.NaN } = prices[name] ?? {};
      const wanted = all[name] ?? 0;
      if (basis === 'fitted')
        held.set(name, (held.get(name) ?? 0) + (low <= wanted && wanted <= high ? 1 / ROUNDS : 0));
    }
  }
  expect(held.size).toBe(6);
  for (const [name, part] of held) expect(part, name).toBeGreaterThanOrEqual(0.9 - SAMPLING);
});

test('an interval is no wider than it must be: with thirty rows, a quarter more than one that knows the noise', () => {
  const next = random(1);
  let widths = 0;
  for (let round = 0; round < 100; round++) {
    const runs = Array.from({ length: 30 }, (_, at) => ({
      source: `${at}`,
      counts: { startups: 1 },
      seconds: 0.3 * (1 + 0.1 * normal(next)),
    }));
    const { low = 0, high = 0 } = fitPrices(runs).prices.perStartup ?? {};
    widths += (high - low) / 100;
  }
  expect(widths / ((2 * 1.645 * 0.3 * 0.1) / Math.sqrt(30))).toBeLessThan(1.25);
});

test.each(Object.keys(noises))('the interval of an estimate holds what a run takes 90 % of the time: %s', (kind) => {
  const next = random(9);
  const noise = noises[kind] ?? ((time: number) => time);
  const design = (at: number): RunCounts =>
    linuxCounts(size(Math.floor(at / 3)), at % 3 === 0 ? 'off' : 'on', at % 3 === 2 ? 'scattered' : 'contiguous');
  let held = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const runs = Array.from({ length: 9 }, (_, at) => ({
      source: `row ${at}`,
      counts: design(at),
      seconds: noise(price(design(at), truth), next),
      ...(kind === ROUNDED && { plusMinus: 0.0005 }),
    }));
    const fit = fitPrices(runs, { known: { perInstruction: 0 } });
    const profile = profileOf(fit, { name: 'x', machine: 'x', measured: 'x' });
    const counts = linuxCounts(100, 'on');
    const time = estimate(counts, profile);
    const run = noise(price(counts, truth), next);
    if (time.seconds !== undefined && (time.low ?? run) <= run && run <= (time.high ?? 0)) held += 1 / ROUNDS;
  }
  expect(held).toBeGreaterThanOrEqual(0.9 - SAMPLING);
});

test('quantiles of t are those of the tables', () => {
  const table = [
    [1, 6.3138, 63.657],
    [2, 2.92, 9.9248],
    [3, 2.3534, 5.8409],
    [5, 2.015, 4.0321],
    [10, 1.8125, 3.1693],
    [30, 1.6973, 2.75],
    [120, 1.6577, 2.6174],
    [1000, 1.6464, 2.5808],
  ] as const;
  for (const [degrees, ninety, ninetyNine] of table) {
    expect(tQuantile(0.9, degrees)).toBeCloseTo(ninety, 3);
    expect(tQuantile(0.99, degrees) / ninetyNine).toBeCloseTo(1, 4);
  }
});
