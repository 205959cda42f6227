import { describe, expect, test } from 'vitest';
import {
  type Estimate,
  estimate,
  fitPrices,
  formatRun,
  linuxCounts,
  missingPrices,
  type NoEstimate,
  type PriceName,
  type Prices,
  price,
  priceNames,
  profileOf,
  protocol,
  type RunCounts,
  stingray,
} from './index.ts';

const truth: Prices = {
  ...Object.fromEntries(priceNames.map((name, at) => [name, at % 2 ? 3e-9 : 2e-9])),
  perInstruction: 1e-12,
};

const ofStep = ({ megabytes, mmu, pages, checks }: (typeof protocol)[number]): RunCounts => ({
  ...linuxCounts(megabytes, mmu, pages),
  ...(checks === 'purgatory' && { checksums: 1, uncachedDigestBytes: megabytes * 2 ** 20 }),
});

const runs = (counts: readonly RunCounts[]) =>
  counts.map((each, at) => ({ source: `row ${at}`, counts: each, seconds: price(each, truth) * (1 + (at % 3) / 100) }));

/** One that there is. */
const whole = (time: Estimate | NoEstimate): Estimate => {
  if (time.seconds === undefined) throw new Error(`there is none: ${time.missing.join()}`);
  return time;
};

const named = { name: 'board', machine: 'a board', measured: 'nine reboots' };
const known = { perInstruction: 1e-12 };

describe('the protocol', () => {
  test('has three sizes, the MMU off and on, and one scattered', () => {
    for (const mmu of ['off', 'on'])
      expect(new Set(protocol.filter((step) => step.mmu === mmu).map(({ megabytes }) => megabytes)).size).toBe(3);
    expect(protocol.filter(({ pages }) => pages === 'scattered')).toHaveLength(1);
    const sizes = protocol.map(({ megabytes }) => megabytes);
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeGreaterThanOrEqual(4);
  });

  test('tells all prices, with intervals, but for an instruction', () => {
    const fit = fitPrices(runs([...protocol.map(ofStep), { shutdowns: 1 }, { startups: 1 }]), { known });
    expect(missingPrices(fit.prices)).toEqual([]);
    expect(fit.findings.filter(({ code }) => code === 'collinear')).toEqual([]);
    for (const [name, { high, basis }] of Object.entries(fit.prices))
      if (basis === 'fitted' && !/Shutdown|Startup/.test(name)) expect(high, name).toBeGreaterThan(0);
  });

  test.each<[string, (step: (typeof protocol)[number]) => boolean, PriceName[]]>([
    ['the MMU off', ({ mmu }) => mmu === 'off', ['perUncachedAccess']],
    ['the scattered one', ({ pages }) => pages === 'scattered', ['perLine', 'perTableWalk']],
    ['the checks', ({ checks }) => checks === 'purgatory', ['perChecksum', 'perUncachedDigestByte']],
    ['all but one size', ({ megabytes }) => megabytes !== 64, ['perRelocation', 'perChecksum']],
  ])('without %s, what is missing is told, with what to measure', (_, left, prices) => {
    const fit = fitPrices(runs(protocol.filter((step) => !left(step)).map(ofStep)), { known });
    const missing = missingPrices(fit.prices);
    expect(missing.map((each) => each.price)).toEqual(expect.arrayContaining(prices));
    for (const { measure } of missing) expect(measure).toMatch(/^(measure|keep) /);
  });

  test('each step is a line that a log can hold', () => {
    expect(protocol.map(formatRun)[0]).toBe('kexeckit-run megabytes=16 mmu=off pages=contiguous checks=none');
  });
});

test('a walk is counted at both ends of each page, or of each block of 2 MiB where pages lie in a row', () => {
  expect(linuxCounts(64, 'on', 'scattered').tableWalks).toBe(2 * 64 * 256);
  expect(linuxCounts(64, 'on', 'contiguous').tableWalks).toBe(2 * 32);
});

describe('an estimate', () => {
  const profile = profileOf(fitPrices(runs(protocol.map(ofStep)), { known }), named);

  test('has the interval of its prices and of single runs', () => {
    const time = estimate(linuxCounts(100, 'off'), profile);
    expect(time).toMatchObject({ seconds: expect.any(Number), low: expect.any(Number), high: expect.any(Number) });
  });

  test("of one more run among many is as wide as they scatter: Student's t with 29 degrees of freedom", () => {
    const rows = Array.from({ length: 30 }, (_, at) => ({
      source: `${at}`,
      counts: { startups: 1 },
      seconds: at % 2 ? 0.9 : 1.1,
    }));
    const { low = 0, high = 0 } = whole(estimate({ startups: 1 }, profileOf(fitPrices(rows), named)));
    // 1.699 times the standard deviation of 0.1017, and a little for the mean.
    expect(high - low).toBeGreaterThan(2 * 1.699 * 0.1017);
    expect(high - low).toBeLessThan(2 * 1.699 * 0.1017 * 1.05);
  });

  test.each([
    [9, true],
    [11, false],
  ])('that rests to %i %% on what was assumed: interval %j', (percent, has) => {
    const rows = [0.98, 1, 1.02].map((seconds, at) => ({
      source: `${at}`,
      counts: { lineFills: 1e6 },
      seconds: seconds / 100,
    }));
    const fit = fitPrices(rows, { known: { perInstruction: 1e-9 } });
    const counts = { lineFills: 1e6 * (1 - percent / 100), instructions: (1e7 * percent) / 100 };
    expect('high' in estimate(counts, profileOf(fit, named))).toBe(has);
  });

  test('says which prices are missing, and has no number then', () => {
    expect(estimate({ startups: 1 }, profile)).toEqual({ seconds: undefined, missing: ['perStartup'] });
  });

  test('that rests on what was assumed has no interval', () => {
    expect(estimate({ instructions: 1e9 }, profile)).toEqual({ seconds: expect.closeTo(1e9 * known.perInstruction) });
  });

  test('of several phases is their sum', () => {
    expect(estimate({ shutdowns: 1, startups: 1 }, stingray)).toEqual({ seconds: expect.closeTo(0.32) });
  });
});
