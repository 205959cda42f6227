import { describe, expect, test } from 'vitest';
import {
  estimate,
  fitErrors,
  fittedMachines,
  linuxCounts,
  measurements,
  type PublishedMeasurement,
  price,
  pricesOf,
  publishedStingray,
  stingray,
  thunderX2,
} from './index.ts';

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

  test('that published rows contradict each other is said', () => {
    const said = stingray.findings.filter(({ code }) => code === 'contradictory');
    expect(said.map(({ message }) => message)).toEqual([
      expect.stringMatching(/37M.* took 0\.35 s for 1\.48 times the work that took 0\.440510736 s in .*25M, MMU off/),
      expect.stringMatching(/took 0\.019 s for the same work that took 0\.022158152 s/),
    ]);
  });

  test('two rows for two prices have no interval, and say so', () => {
    expect(stingray.findings.map(({ code }) => code)).toContain('no-spare-rows');
    expect(estimate(linuxCounts(64, 'on'), stingray)).toEqual({ seconds: expect.closeTo(0.0567, 4) });
  });

  test('the ThunderX2 takes nine to ten times as long for an uncached access, and no longer for a line', () => {
    const [slow, fast] = [pricesOf(thunderX2), pricesOf(stingray)];
    const ratio = (slow.perUncachedAccess ?? 0) / (fast.perUncachedAccess ?? 1);
    expect(ratio).toBeGreaterThan(9);
    expect(ratio).toBeLessThan(10);
    expect(slow.perLine).toBeLessThan(fast.perLine ?? 0);
  });

  test('the profile says how long the phases take that it was published with', () => {
    const prices = pricesOf(stingray);
    expect(price({ shutdowns: 1 }, prices)).toBe(0.03);
    expect(price({ startups: 1 }, prices)).toBe(0.29);
    expect(price({ checksums: 1, uncachedDigestBytes: 37 * 2 ** 20 }, prices)).toBeCloseTo(2.31, 9);
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
});
