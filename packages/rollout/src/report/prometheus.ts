import { hostPhases, outcomes } from '../status/phases.ts';
import type { RolloutStatus } from '../status/status.ts';
import { type HostStanding, resultsOf, standingOf } from '../status/summary.ts';

/** Labels and value of a sample. */
type Sample = readonly [suffix: string, labels: Readonly<Record<string, string>>, value: number];

/** Upper bounds of downtimes, in seconds. */
const BOUNDS = [1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900] as const;

const STANDINGS: readonly HostStanding[] = ['waiting', 'running', ...outcomes];
const GATES = ['open', 'paused', 'blocked', 'spent', 'aborted'] as const;
const STATES = ['running', 'finished', 'stopped'] as const;

/**
 * Rollouts in the text format of Prometheus, version 0.0.4. There is no series for each host, so their number does not grow with the fleet.
 * Times are in seconds.
 */
export function prometheusText(statuses: readonly RolloutStatus[]): string {
  const each = (samples: (status: RolloutStatus, rollout: string) => readonly Sample[]): Sample[] =>
    statuses.flatMap((status) => samples(status, status.id));
  return [
    family('hosts', 'gauge', 'Hosts of a wave by how they stand.', each(hostSamples)),
    family('phase_hosts', 'gauge', 'Hosts that are in a phase.', each(phaseSamples)),
    family(
      'state',
      'gauge',
      'Whether the rollout stands so.',
      each((status, rollout) => oneOf(STATES, status.state, { rollout })),
    ),
    family(
      'gate',
      'gauge',
      'Whether the gate stands so.',
      each((status, rollout) => oneOf(GATES, status.gate.state, { rollout })),
    ),
    family(
      'failure_budget',
      'gauge',
      'Failed and lost hosts that are accepted.',
      each((status, rollout) => [['', { rollout }, status.failureBudget]]),
    ),
    family(
      'start_time_seconds',
      'gauge',
      'When the rollout started, since 1970.',
      each((status, rollout) => [['', { rollout }, status.started / 1000]]),
    ),
    family('end_time_seconds', 'gauge', 'When the rollout ended, since 1970.', each(endSamples)),
    family(
      'downtime_seconds',
      'histogram',
      'From the commit until the host answered as the expected kernel.',
      each(downtimeSamples),
    ),
    family('phase_seconds', 'summary', 'How long a phase took on hosts that have ended.', each(phaseTimeSamples)),
  ].join('');
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const full = `kexeckit_fleet_${name}`;
  if (samples.length === 0) return '';
  const lines = samples.map(([suffix, labels, value]) => `${full}${suffix}${labelText(labels)} ${valueText(value)}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',')}}`;
}

/** A backslash, a quote and the end of a line are written with a backslash; all else stands as it is. */
const escapeLabel = (value: string): string =>
  value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function hostSamples({ hosts, waves }: RolloutStatus, rollout: string): Sample[] {
  const counts = new Map<string, number>();
  for (const host of hosts) {
    const key = `${standingOf(host)} ${host.wave}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return waves.flatMap(({ name: wave }) =>
    STANDINGS.map((state): Sample => ['', { rollout, wave, state }, counts.get(`${state} ${wave}`) ?? 0]),
  );
}

function phaseSamples({ hosts }: RolloutStatus, rollout: string): Sample[] {
  const counts = new Map<string, number>();
  for (const host of hosts) if (host.state === 'running') counts.set(host.phase, (counts.get(host.phase) ?? 0) + 1);
  return hostPhases.map((phase) => ['', { rollout, phase }, counts.get(phase) ?? 0]);
}

const oneOf = (all: readonly string[], is: string, labels: Readonly<Record<string, string>>): Sample[] =>
  all.map((state) => ['', { ...labels, state }, state === is ? 1 : 0]);

const endSamples = ({ ended }: RolloutStatus, rollout: string): Sample[] =>
  ended === undefined ? [] : [['', { rollout }, ended / 1000]];

function downtimeSamples(status: RolloutStatus, rollout: string): Sample[] {
  const known = resultsOf(status).map(({ downtimeMs }) => downtimeMs);
  const seconds = known.filter((ms) => ms !== undefined).map((ms) => ms / 1000);
  const within = (bound: number): number => seconds.filter((each) => each <= bound).length;
  return [
    ...BOUNDS.map((bound): Sample => ['_bucket', { rollout, le: String(bound) }, within(bound)]),
    ['_bucket', { rollout, le: '+Inf' }, seconds.length],
    ['_sum', { rollout }, sumOf(seconds)],
    ['_count', { rollout }, seconds.length],
  ];
}

function phaseTimeSamples(status: RolloutStatus, rollout: string): Sample[] {
  const sums = new Map<string, { seconds: number; count: number }>(
    hostPhases.map((p) => [p, { seconds: 0, count: 0 }]),
  );
  for (const { times } of resultsOf(status)) {
    for (const { phase, start, end } of times) {
      const sum = sums.get(phase);
      if (sum === undefined) continue;
      sum.seconds += (end - start) / 1000;
      sum.count += 1;
    }
  }
  return [...sums].flatMap(([phase, { seconds, count }]): Sample[] => [
    ['_sum', { rollout, phase }, seconds],
    ['_count', { rollout, phase }, count],
  ]);
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
