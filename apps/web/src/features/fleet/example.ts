import { countOutcomes, type HostState, type RolloutStatus, resultsOf } from '@kexeckit/rollout';
import { pickKeys } from '../../shared/keys.ts';
import { type ExampleRoad, resultAt, roadOf } from './example-host.ts';

/** What an example is made from: nothing of it is left to chance. */
export interface ExampleKind {
  readonly title: string;
  readonly seed: number;
  readonly hosts: number;
  /** Share of hosts that something goes wrong with. */
  readonly share: number;
  readonly failureBudget: number;
}

const kinds = {
  stopped: {
    title: '1,000 hosts, stopped by the failure budget',
    seed: 4,
    hosts: 1000,
    share: 0.06,
    failureBudget: 12,
  },
  large: { title: '10,000 hosts', seed: 7, hosts: 10_000, share: 0.012, failureBudget: 100 },
  huge: { title: '100,000 hosts', seed: 9, hosts: 100_000, share: 0.008, failureBudget: 1000 },
} as const satisfies Readonly<Record<string, ExampleKind>>;

/** The name of an example. */
export type ExampleName = keyof typeof kinds;

export const exampleNames: readonly ExampleName[] = pickKeys(kinds);
export const exampleNamed = (name: string | undefined): ExampleName | undefined =>
  exampleNames.find((each) => each === name);
export const exampleKind = (name: ExampleName): ExampleKind => kinds[name];

const STARTED = Date.UTC(2026, 2, 7, 0, 30);
const SOAK_MS = 600_000;

interface Wave {
  readonly name: string;
  readonly first: number;
  readonly hosts: number;
  readonly start: number;
  readonly end: number;
}

/** A rollout that was made up, at any moment of it. */
export interface Example {
  /** Milliseconds that it takes. */
  readonly length: number;
  /** How it stood so many milliseconds after its start. */
  readonly at: (ms: number) => RolloutStatus;
}

/** A rollout over hosts that there are not, by the rules that a real one has: waves, concurrency, a soak, a budget. */
export function makeExample(kind: ExampleKind): Example {
  const roads = Array.from({ length: kind.hosts }, (_, host) => roadOf(kind.seed, host, kind.share));
  const starts = new Float64Array(kind.hosts);
  const waves = wavesOf(kind, roads, starts);
  const spent = spentAt(roads, starts, kind.failureBudget);
  const begun = spent === undefined ? waves : waves.filter(({ start }) => start < spent);
  const ends = roads.map(({ length }, host) =>
    spent !== undefined && (starts[host] ?? 0) >= spent ? 0 : (starts[host] ?? 0) + length,
  );
  const length = ends.reduce((most, end) => Math.max(most, end), 0);
  const plan: Plan = { kind, roads, starts, waves, spent, length, begun: begun.length };
  return { length, at: (ms) => statusAt(plan, Math.max(0, ms)) };
}

interface Plan {
  readonly kind: ExampleKind;
  readonly roads: readonly ExampleRoad[];
  readonly starts: Float64Array;
  readonly waves: readonly Wave[];
  /** When the budget was spent. */
  readonly spent: number | undefined;
  readonly length: number;
  /** Waves that were begun. */
  readonly begun: number;
}

function wavesOf({ hosts }: ExampleKind, roads: readonly ExampleRoad[], starts: Float64Array): Wave[] {
  const canary = Math.min(50, Math.ceil(hosts / 100));
  const early = Math.ceil(hosts / 5);
  const sizes = [
    ['canary', canary, 10],
    ['early', early, Math.ceil(hosts / 40)],
    ['rest', hosts - canary - early, Math.ceil(hosts / 20)],
  ] as const;
  const waves: Wave[] = [];
  let [first, start] = [0, 0];
  for (const [name, size, concurrency] of sizes) {
    const end = schedule(roads, starts, { first, size, concurrency, start });
    waves.push({ name, first, hosts: size, start, end });
    first += size;
    start = end + SOAK_MS;
  }
  return waves;
}

/** Gives each host of a wave the first place that becomes free. @returns when the last one has ended. */
function schedule(
  roads: readonly ExampleRoad[],
  starts: Float64Array,
  { first, size, concurrency, start }: { first: number; size: number; concurrency: number; start: number },
): number {
  const free = new Float64Array(concurrency).fill(start);
  let last = start;
  for (let host = first; host < first + size; host++) {
    let place = 0;
    for (let each = 1; each < concurrency; each++) if ((free[each] ?? 0) < (free[place] ?? 0)) place = each;
    const begin = free[place] ?? start;
    starts[host] = begin;
    const end = begin + (roads[host]?.length ?? 0);
    free[place] = end;
    last = Math.max(last, end);
  }
  return last;
}

/** When one host more has failed than may. */
function spentAt(roads: readonly ExampleRoad[], starts: Float64Array, budget: number): number | undefined {
  const failures = roads.flatMap(({ outcome, length }, host) =>
    outcome === 'failed' || outcome === 'lost' ? [(starts[host] ?? 0) + length] : [],
  );
  return failures.sort((a, b) => a - b)[budget];
}

const RACK = 40;
const SITES = ['fra', 'ams', 'sin'];
const nameOf = (host: number): string => {
  const rack = Math.floor(host / RACK);
  const two = (number: number, digits: number): string => String(number).padStart(digits, '0');
  return `${SITES[rack % SITES.length] ?? ''}-r${two(rack, 4)}-n${two(host % RACK, 2)}`;
};

function statusAt(plan: Plan, ms: number): RolloutStatus {
  const { kind, waves, spent, length } = plan;
  const isOver = ms >= length;
  const hosts = waves.flatMap((wave) =>
    Array.from({ length: wave.hosts }, (_, at) => hostAt(plan, wave, wave.first + at, ms)),
  );
  const isSpent = spent !== undefined && ms >= spent;
  const now = STARTED + Math.min(ms, length);
  return {
    format: 'kexeckit-rollout-status/1',
    id: `example-${kind.hosts}`,
    state: isOver ? (spent === undefined ? 'finished' : 'stopped') : 'running',
    gate: isSpent
      ? { state: 'spent', why: `more than ${kind.failureBudget} hosts failed or were lost` }
      : { state: 'open' },
    now,
    started: STARTED,
    ...(isOver && { ended: now }),
    failureBudget: kind.failureBudget,
    waves: waves.map((wave, index) => ({
      name: wave.name,
      hosts: wave.hosts,
      state: waveState(plan, wave, index, ms),
    })),
    outcomes: countOutcomes(resultsOf({ hosts })),
    hosts,
  };
}

function waveState(
  { begun, length }: Plan,
  { start, end }: Wave,
  index: number,
  ms: number,
): RolloutStatus['waves'][number]['state'] {
  if (index >= begun || ms < start) return 'waiting';
  if (ms >= length) return 'ended';
  if (ms < end) return 'running';
  return ms < end + SOAK_MS ? 'soaking' : 'ended';
}

/** Where a host stands; nothing begins, and none is committed, when the budget is spent. */
function hostAt(
  { roads, starts, spent = Number.POSITIVE_INFINITY, length }: Plan,
  { name: wave }: Wave,
  at: number,
  ms: number,
): HostState {
  const host = nameOf(at);
  const [road, start = 0] = [roads[at], starts[at]];
  const isOver = ms >= length;
  if (road === undefined || start >= spent) {
    if (!isOver) return { host, wave, state: 'waiting' };
    return { host, wave, state: 'ended', result: { host, wave, attempt: 0, outcome: 'skipped', times: [] } };
  }
  if (ms < start) return { host, wave, state: 'waiting' };
  const result = resultAt(road, host, wave, STARTED + start);
  const gone = result.times.find(({ phase, start: from }) => phase === 'commit' && from >= STARTED + spent);
  if (gone !== undefined && ms >= gone.start - STARTED) {
    const times = result.times.filter(({ end }) => end <= gone.start);
    return { host, wave, state: 'ended', result: { host, wave, attempt: 1, outcome: 'undone', times } };
  }
  const isEnded = ms >= start + road.length;
  if (isEnded) return { host, wave, state: 'ended', result };
  const step = result.times.find(({ end }) => STARTED + ms < end);
  return { host, wave, state: 'running', phase: step?.phase ?? 'evidence', since: step?.start ?? STARTED + start };
}
