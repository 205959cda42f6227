import type { HostResult, HostState, PlannedHost, RolloutDocument, RolloutStatus } from '@kexeckit/rollout';
import { countOutcomes, planWaves, readPolicy, resultsOf } from '@kexeckit/rollout';

const STARTED = Date.UTC(2030, 0, 7, 22);
const digest = (digit: string): string => digit.repeat(64);
const file = (path: string, digit: string) => ({ path, size: 1, sha256: digest(digit) });

const policy = readPolicy(
  '{ waves: [{ name: canary, select: role=canary, soak: 30m }], concurrency: 2, failureBudget: 1 }',
);

const hosts = ['web-1', 'web-2', 'web-3', 'web-4'].map(
  (name, at): PlannedHost => ({
    name,
    labels: { role: at === 0 ? 'canary' : 'web' },
    class: digest('a'),
    machineId: String(at).repeat(32),
  }),
);

/** A rollout over four hosts, and one that was left out. */
export const fleetDocument: RolloutDocument = {
  format: 'kexeckit-rollout/1',
  id: 'r7',
  policy,
  next: {
    kernel: file('/Image', 'b'),
    cmdline: 'quiet',
    strategy: 'auto',
    release: '6.12.9-arm64',
    agent: file('/kexeckit.js', 'c'),
  },
  classes: [
    {
      key: digest('a'),
      strategy: 'crash-region',
      plan: file('/plans/d', 'd'),
      hosts: hosts.length,
      proof: { checks: 4091, rehearsals: 1 },
    },
  ],
  hosts,
  ...planWaves(hosts, policy),
  left: [{ host: 'web-5', why: 'EHOSTUNREACH: no route to host; look at it' }],
};

const ended = (result: Omit<HostResult, 'attempt' | 'times'>): HostState => {
  const times = [{ phase: 'inspect', start: STARTED, end: STARTED + 1500 }] as const;
  return { host: result.host, wave: result.wave, state: 'ended', result: { ...result, attempt: 1, times } };
};

const states: readonly HostState[] = [
  ended({
    host: 'web-1',
    wave: 'canary',
    outcome: 'done',
    bootBefore: 'one',
    bootAfter: 'two',
    kernelAfter: '6.12.9-arm64',
    downtimeMs: 12_340,
    evidence: { shutdown: { ms: 1200, bound: 'at-most' }, startup: { ms: 9000, bound: 'exact' } },
  }),
  ended({
    host: 'web-2',
    wave: 'rest',
    outcome: 'lost',
    bootBefore: 'three',
    trouble: {
      phase: 'return',
      code: 'ETIMEDOUT',
      what: 'web-2 did not come back in time',
      hint: 'Look at its console',
    },
    console: ['Kernel panic - not syncing'],
  }),
  { host: 'web-3', wave: 'rest', state: 'running', phase: 'drain', since: STARTED + 60_000 },
  { host: 'web-4', wave: 'rest', state: 'waiting' },
];

/** The same in the middle of its last wave. */
export const fleetStatus: RolloutStatus = {
  format: 'kexeckit-rollout-status/1',
  id: 'r7',
  state: 'running',
  gate: { state: 'paused', why: 'an incident' },
  now: STARTED + 90_000,
  started: STARTED,
  failureBudget: fleetDocument.failureBudget,
  waves: [
    { name: 'canary', state: 'ended', hosts: 1 },
    { name: 'rest', state: 'running', hosts: 3 },
  ],
  outcomes: countOutcomes(resultsOf({ hosts: states })),
  hosts: states,
};
