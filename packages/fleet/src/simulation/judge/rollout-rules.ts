import type { HostResult, PlannedHost, PlannedWave, RolloutDocument } from '@kexeckit/rollout';
import { commitsOf, goodReturn } from './host-rules.ts';
import type { Violation } from './violation.ts';
import type { Of, World } from './world.ts';

/** A rollout with what was told and what happened. */
export interface Trial {
  readonly document: RolloutDocument;
  readonly hosts: ReadonlyMap<string, PlannedHost>;
  readonly results: ReadonlyMap<string, HostResult>;
  readonly world: World;
  /** Milliseconds between the look at a gate and the commit that it lets through. */
  readonly graceMs: number;
  /** Milliseconds from the end of a failed host until every worker knows of it. */
  readonly knownWithinMs: number;
  /** Hosts that pass a pause. */
  readonly bypassed: ReadonlySet<string>;
}

/** A time without commits; without an end where it lasts. */
interface Stop {
  readonly from: number;
  readonly to: number;
  readonly why: 'paused' | 'aborted';
}

/** When commits were not allowed, by the notes `paused`, `resumed` and `aborted` of the ledger. */
function stopsOf({ notes }: World): readonly Stop[] {
  const stops: Stop[] = [];
  let paused: number | undefined;
  for (const { at, what } of notes) {
    if (what === 'paused') paused ??= at;
    if (what === 'aborted') stops.push({ from: at, to: Number.POSITIVE_INFINITY, why: 'aborted' });
    if (what !== 'resumed' || paused === undefined) continue;
    stops.push({ from: paused, to: at, why: 'paused' });
    paused = undefined;
  }
  if (paused !== undefined) stops.push({ from: paused, to: Number.POSITIVE_INFINITY, why: 'paused' });
  return stops;
}

/** Commits of all hosts, by time. */
function allCommits({ document, world }: Trial): readonly Of<'commit'>[] {
  const commits = document.hosts.flatMap(({ name }) => commitsOf(document, world.of(name)));
  return commits.sort((one, other) => one.at - other.at);
}

export function* judgeStops(trial: Trial): Generator<Violation> {
  const stops = stopsOf(trial.world);
  for (const { at, host } of allCommits(trial))
    for (const { from, to, why } of stops) {
      const isAllowed = why === 'paused' && trial.bypassed.has(host);
      if (!isAllowed && at > from + trial.graceMs && at < to)
        yield { rule: 'commit-while-stopped', host, what: `${Math.round(at - from)} ms after it was ${why}` };
    }
}

const isBad = ({ outcome }: HostResult): boolean => outcome === 'failed' || outcome === 'lost';
const endOf = ({ times }: HostResult): number | undefined => times.at(-1)?.end;

/** The budget of the rollout over all hosts, and that of each wave over its own. */
export function* judgeBudgets(trial: Trial): Generator<Violation> {
  const { document } = trial;
  const all = document.waves.flatMap(({ hosts }) => hosts);
  const concurrency = Math.max(0, ...document.waves.map((wave) => wave.concurrency));
  yield* judgeBudget(trial, { name: 'the rollout', hosts: all, failureBudget: document.failureBudget, concurrency });
  for (const wave of document.waves) yield* judgeBudget(trial, wave);
}

function* judgeBudget(
  trial: Trial,
  { name, hosts, failureBudget, concurrency }: Pick<PlannedWave, 'name' | 'hosts' | 'failureBudget' | 'concurrency'>,
): Generator<Violation> {
  const bad = hosts.map((host) => trial.results.get(host)).filter((result) => result !== undefined && isBad(result));
  if (bad.length > failureBudget + concurrency)
    yield {
      rule: 'budget',
      what: `${name}: ${bad.length} hosts failed; the budget is ${failureBudget}, the concurrency ${concurrency}`,
    };
  const ends = bad.map((result) => (result === undefined ? undefined : endOf(result)));
  const spentAt = ends.filter((end) => end !== undefined).sort((one, other) => one - other)[failureBudget];
  if (spentAt === undefined) return;
  for (const host of hosts)
    for (const { at } of commitsOf(trial.document, trial.world.of(host)))
      if (at > spentAt + trial.knownWithinMs)
        yield { rule: 'budget', host, what: `${Math.round(at - spentAt)} ms after the budget of ${name} was spent` };
}

/** Hosts that are between commit and return at once. */
export function* judgeConcurrency(trial: Trial): Generator<Violation> {
  for (const wave of trial.document.waves) {
    const changes = wave.hosts.flatMap((host) => absences(trial, host));
    // Who returns makes room for who leaves in the same millisecond.
    changes.sort((one, other) => one.at - other.at || one.by - other.by);
    let away = 0;
    for (const { by } of changes) {
      away += by;
      if (away <= wave.concurrency) continue;
      yield { rule: 'too-many-at-once', what: `${wave.name}: ${away} hosts at once, and ${wave.concurrency} may be` };
      break;
    }
  }
}

function absences(trial: Trial, name: string): readonly { readonly at: number; readonly by: 1 | -1 }[] {
  const { document, world, results } = trial;
  const host = trial.hosts.get(name);
  const [commit] = commitsOf(document, world.of(name));
  if (host === undefined || commit === undefined) return [];
  const result = results.get(name);
  const ended = result && endOf(result);
  const back = goodReturn({ document, host, story: world.of(name) })?.at ?? Number.POSITIVE_INFINITY;
  const until = Math.min(back, ended ?? commit.at + document.policy.returnWithinMs);
  return [
    { at: commit.at, by: 1 },
    { at: Math.max(until, commit.at), by: -1 },
  ];
}

/** A wave begins when all before have ended. */
export function* judgeWaves(trial: Trial): Generator<Violation> {
  let before = Number.NEGATIVE_INFINITY;
  for (const { name, hosts } of trial.document.waves) {
    let last = before;
    for (const host of hosts) {
      for (const { at } of commitsOf(trial.document, trial.world.of(host)))
        if (at + trial.graceMs < before)
          yield {
            rule: 'wave-order',
            host,
            what: `${name}: ${Math.round(before - at)} ms before the wave before ended`,
          };
      const result = trial.results.get(host);
      last = Math.max(last, (result && endOf(result)) ?? last);
    }
    before = last;
  }
}
