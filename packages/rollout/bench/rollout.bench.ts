import type { Benchmark } from '@kexeckit/bench';
import { isOpen, nextOpening, planWaves, readInventory, readPolicy } from '@kexeckit/rollout';
import { load } from 'js-yaml';

const entry = (at: number): string =>
  `  - name: web-${at}\n    address: web-${at}.example.org\n    labels: { role: ${at % 100 === 0 ? 'canary' : 'web'}, zone: eu-${at % 3} }\n`;
const inventory = (count: number): string => `hosts:\n${Array.from({ length: count }, (_, at) => entry(at)).join('')}`;

const policy = readPolicy(`
waves:
  - { name: canary, select: role=canary, take: 5% }
  - { name: first, select: zone=eu-1, take: 10% }
  - { name: others, select: zone!=eu-2 }
concurrency: 50
failureBudget: 3%
windows: [{ days: [sat, sun], start: 22:00, end: 04:00, zone: Europe/Berlin }]`);

const counts = [1000, 10_000, 100_000];

/** The cost of a host, in inventories of a thousand, ten and a hundred thousand: it should stay the same. */
const reads = counts.map((count): Benchmark => {
  const text = inventory(count);
  return {
    name: `read an inventory, a host of ${count}`,
    setup: () => () => {
      if (readInventory(text).hosts.length !== count) throw new Error('a host is missing');
    },
    operations: count,
    samples: count > 10_000 ? 3 : undefined,
    reference: {
      name: 'js-yaml, without any check',
      setup: () => () => {
        if (load(text) === undefined) throw new Error('there is nothing');
      },
    },
  };
});

const plans = counts.map((count): Benchmark => {
  const { hosts } = readInventory(inventory(count));
  return {
    name: `plan waves, a host of ${count}`,
    setup: () => () => {
      const planned = planWaves(hosts, policy).waves.reduce((sum, wave) => sum + wave.hosts.length, 0);
      if (planned !== count) throw new Error('a host is in no wave');
    },
    operations: count,
    reference: {
      name: 'a map from role to hosts',
      setup: () => () => {
        const groups = new Map<string | undefined, string[]>();
        for (const { name, labels } of hosts) {
          const group = groups.get(labels.role);
          if (group === undefined) groups.set(labels.role, [name]);
          else group.push(name);
        }
        if (groups.size !== 2) throw new Error('a role is missing');
      },
    },
  };
});

const friday = Date.UTC(2026, 2, 27, 12);
const host = { labels: {} };

/** What the gate asks before each commit, and when it says no. */
const windows: Benchmark[] = [
  {
    name: 'whether a window is open',
    setup: () => () => {
      for (let at = 0; at < 1000; at++) isOpen(policy.windows, host, friday + at * 60_000);
    },
    operations: 1000,
  },
  {
    name: 'when a window opens, over a change of the clock',
    setup: () => () => {
      for (let at = 0; at < 10; at++) {
        if (nextOpening(policy.windows, host, friday + at * 60_000) === undefined) throw new Error('it never opens');
      }
    },
    operations: 10,
  },
];

export const benchmarks: Benchmark[] = [...reads, ...plans, ...windows];
