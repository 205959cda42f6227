import { expect, test } from 'vitest';
import { Cuts, isLost } from '../../src/simulation/cuts.ts';
import { fateOf, inEveryPhase } from '../../src/simulation/fates.ts';
import { strikesOf } from './strikes.ts';

const settings = {
  hosts: 24,
  prefix: 'host-',
  fates: { shares: inEveryPhase(0.1) },
  apartShare: 0.02,
  counts: { kill: 2, restart: 1, cut: 1 },
};

test('each seed has as many strikes as were asked for, at different commands, the same each time', () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 2000; seed++) {
    const strikes = strikesOf({ ...settings, seed });
    expect(strikes.map(({ kind }) => kind)).toEqual(['kill', 'kill', 'restart', 'cut']);
    expect(new Set(strikes.map(({ halt: { host, command } }) => `${host} ${command}`)).size).toBe(4);
    expect(strikesOf({ ...settings, seed })).toEqual(strikes);
    for (const { halt } of strikes) kinds.add(`${halt.command} ${halt.when}`);
  }
  // Every command of the road, before and after.
  expect(kinds.size).toBe(24);
});

test('none is at what its host never hears', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const cuts = new Cuts(seed, { share: settings.apartShare });
    for (const { halt } of strikesOf({ ...settings, seed })) {
      expect(isLost(cuts.decided(halt.host, halt.command, 0))).toBe(false);
      if (halt.command !== 'identify') expect(fateOf(seed, halt.host, settings.fates)).not.toContain('unreachable');
    }
  }
});
