import type { HostPhase } from '@kexeckit/rollout';
import { expect, test } from 'vitest';
import { type FateKind, fateKinds, fateOf, inEveryPhase, outcomesOf, phaseOf } from './fates.ts';

const HOSTS = 10_000;
const names = Array.from({ length: HOSTS }, (_, at) => `host-${at}`);
const phases: readonly HostPhase[] = ['inspect', 'stage', 'drain', 'commit', 'return', 'health', 'evidence'];

test('a share in every phase reaches every kind, and each phase as often as it says', () => {
  const SHARE = 0.03;
  const shares = inEveryPhase(SHARE);
  const met = new Map<FateKind, number>();
  for (const name of names) for (const kind of fateOf(11, name, { shares })) met.set(kind, (met.get(kind) ?? 0) + 1);
  expect([...met.keys()].sort()).toEqual([...fateKinds].sort());
  for (const phase of phases) {
    const count = [...met].reduce((sum, [kind, each]) => sum + (phaseOf(kind) === phase ? each : 0), 0);
    // Five standard deviations.
    expect(Math.abs(count - SHARE * HOSTS)).toBeLessThan(5 * Math.sqrt(SHARE * HOSTS));
  }
});

test('a fate is that of its seed', () => {
  const policy = { shares: inEveryPhase(0.2) };
  const told = (seed: number): string[] => names.map((name) => [...fateOf(seed, name, policy)].join());
  expect(told(1)).toEqual(told(1));
  expect(told(1)).not.toEqual(told(2));
});

test('a kind befalls the same hosts whatever other kinds there are', () => {
  const alone = names.filter((name) => fateOf(3, name, { shares: { panics: 0.1 } }).has('panics'));
  const among = names.filter((name) => fateOf(3, name, { shares: { panics: 0.1, slow: 0.5 } }).has('panics'));
  expect(alone).toEqual(among);
});

test('no share is nobody, all of it everybody', () => {
  expect(names.every((name) => fateOf(1, name, { shares: { slow: 0 } }).size === 0)).toBe(true);
  expect(names.every((name) => fateOf(1, name, { shares: { slow: 1 } }).has('slow'))).toBe(true);
});

test('a host that is named has the fates that are named', () => {
  const policy = { shares: { slow: 1 }, hosts: { 'host-1': ['panics', 'unhealthy'], 'host-2': [] } } as const;
  expect([...fateOf(1, 'host-1', policy)]).toEqual(['panics', 'unhealthy']);
  expect(fateOf(1, 'host-2', policy).size).toBe(0);
  expect(fateOf(1, 'host-3', policy).has('slow')).toBe(true);
  // A name that is also one of every object.
  expect(fateOf(1, 'constructor', policy).has('slow')).toBe(true);
});

test.each([
  [[], ['done']],
  [['slow'], ['done']],
  [['panics'], ['lost']],
  // What comes first decides.
  [['panics', 'wrong-reality'], ['refused']],
  // Of one phase, any may come first.
  [
    ['wrong-reality', 'describe-fails'],
    ['failed', 'refused'],
  ],
  [['unhealthy', 'load-fails'], ['failed']],
  // What may end well goes on to what comes later.
  [
    ['load-breaks', 'panics'],
    ['failed', 'lost'],
  ],
  [['exec-breaks-after', 'evidence-fails'], ['done']],
  [['key-changed'], ['failed', 'refused']],
] as const)('hosts of %j end as %j', (kinds, outcomes) => {
  expect([...outcomesOf(new Set(kinds))].sort()).toEqual([...outcomes].sort());
});
