import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostEntry } from '../inventory/host.ts';
import type { RolloutPolicy, WavePolicy } from '../policy/policy.ts';
import { readPolicy } from '../policy/read-policy.ts';
import { policyDefaults } from '../policy/schema.ts';
import { planWaves } from './waves.ts';

const hosts = (count: number, labels: (at: number) => Record<string, string> = () => ({})): HostEntry[] =>
  Array.from({ length: count }, (_, at) => ({ name: `h${at}`, labels: labels(at) }));
const names = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, at) => `h${from + at}`);

describe('waves', () => {
  test('go by label and in order; what fits none is the rest', () => {
    const policy = readPolicy(`
waves:
  - { name: canary, select: role=canary, concurrency: 1, failureBudget: 0, soak: 1h }
  - { name: some, select: '', take: 10%, failureBudget: 50% }
  - { name: eu, select: zone=eu, take: 3 }
concurrency: 20
failureBudget: 3%`);
    const fleet = hosts(
      100,
      (at): Record<string, string> => ({ ...(at < 2 ? { role: 'canary' } : {}), zone: at % 2 === 0 ? 'eu' : 'us' }),
    );
    const rest = names(12, 100).filter((name) => !['h12', 'h14', 'h16'].includes(name));
    expect(planWaves(fleet, policy)).toEqual({
      failureBudget: 3,
      waves: [
        { name: 'canary', concurrency: 1, failureBudget: 0, soakMs: 3_600_000, hosts: ['h0', 'h1'] },
        // A tenth of 98, rounded up.
        { name: 'some', concurrency: 20, failureBudget: 5, soakMs: 0, hosts: names(2, 12) },
        { name: 'eu', concurrency: 20, failureBudget: 3, soakMs: 0, hosts: ['h12', 'h14', 'h16'] },
        { name: 'rest', concurrency: 20, failureBudget: 3, soakMs: 0, hosts: rest },
      ],
    });
  });

  test('are the rest alone where the policy has none, and have no rest where all fit', () => {
    expect(planWaves(hosts(2), readPolicy('{}')).waves.map(({ name }) => name)).toEqual(['rest']);
    const all = readPolicy("waves: [{ name: all, select: '' }]");
    expect(planWaves(hosts(2), all).waves.map(({ name }) => name)).toEqual(['all']);
  });

  test('a share takes a host at least, and a budget is rounded down', () => {
    const policy = readPolicy("waves: [{ name: a, select: '', take: 1%, failureBudget: 99% }]\nfailureBudget: 9%");
    expect(planWaves(hosts(10), policy)).toMatchObject({
      failureBudget: 0,
      waves: [{ hosts: ['h0'], failureBudget: 0 }, { failureBudget: 0 }],
    });
  });

  test('a wave is left out where all that fit went before it', () => {
    const policy = readPolicy("waves: [{ name: all, select: '' }, { name: late, select: '!x' }]");
    expect(planWaves(hosts(3), policy).waves.map(({ name }) => name)).toEqual(['all']);
  });

  test('a wave that no host fits is refused, and so is a rollout without hosts', () => {
    const policy = readPolicy('waves: [{ name: canary, select: role=canray }]');
    expect(() => planWaves(hosts(3), policy)).toThrow(/^waves\[0\].select: no host fits "role=canray"/);
    expect(() => planWaves([], readPolicy('{}'))).toThrow(/^hosts: none takes part/);
  });

  test('each host is in exactly one, in the order of the inventory, whatever the policy', () => {
    const label = fc.record({ a: fc.constantFrom('x', 'y', 'z') }, { requiredKeys: [] });
    const amount = fc.oneof(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 100 }).map((share) => `${share}%`),
    );
    const wave = fc.record<WavePolicy>(
      {
        name: fc.constant(''),
        select: fc.constantFrom('', 'a', '!a', 'a=x', 'a!=x', 'a=y'),
        take: amount,
        failureBudget: amount,
      },
      { requiredKeys: ['name', 'select'] },
    );
    const fits = (select: string, { labels: { a } }: HostEntry): boolean =>
      select === '' ||
      (select === 'a' && a !== undefined) ||
      (select === '!a' && a === undefined) ||
      (select === 'a!=x' && a !== 'x') ||
      select === `a=${a}`;
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 60 }),
        fc.array(wave, { maxLength: 5 }),
        (labels, list) => {
          const fleet = labels.map((each, at) => ({ name: `h${at}`, labels: each }));
          const waves = list
            .map((each, at) => ({ ...each, name: `w${at}` }))
            .filter(({ select }) => fleet.some((host) => fits(select, host)));
          const policy: RolloutPolicy = { ...policyDefaults, waves, windows: [], blockers: [] };
          const planned = planWaves(fleet, policy);
          const order = (name: string): number => Number(name.slice(1));
          expect(planned.waves.flatMap((each) => each.hosts).sort((a, b) => order(a) - order(b))).toEqual(
            fleet.map(({ name }) => name),
          );
          for (const each of planned.waves) {
            expect(each.hosts.length).toBeGreaterThan(0);
            expect(each.failureBudget).toBeLessThanOrEqual(fleet.length);
            expect([...each.hosts].sort((a, b) => order(a) - order(b))).toEqual(each.hosts);
            const { select = '', take } = waves.find(({ name }) => name === each.name) ?? {};
            for (const host of each.hosts)
              expect(fits(select, fleet[order(host)] ?? { name: '', labels: {} })).toBe(true);
            if (typeof take === 'number') expect(each.hosts.length).toBeLessThanOrEqual(take);
          }
          // Nobody who fits a wave without a limit goes later.
          for (const { name, select } of waves.filter(({ take }) => take === undefined)) {
            const later = planned.waves.slice(planned.waves.findIndex((each) => each.name === name) + 1);
            if (!planned.waves.some((each) => each.name === name)) continue;
            for (const host of later.flatMap((each) => each.hosts))
              expect(fits(select, fleet[order(host)] ?? { name: '', labels: {} })).toBe(false);
          }
        },
      ),
      { seed: 7 },
    );
  });
});
